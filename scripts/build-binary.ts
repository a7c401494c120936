import { parseArgs } from "node:util";
import { compileTo, own } from "./compile.ts";

/**
 * Compiles the program.
 *   bun scripts/build-binary.ts                       this machine's, at dist/sloth-runner
 *   bun scripts/build-binary.ts --target linux-arm64  others (may be repeated), at dist/sloth-runner-TARGET
 */
const { values } = parseArgs({ options: { target: { type: "string", multiple: true } } });
const builds = values.target?.map((name) => [name, `dist/sloth-runner-${name}`] as const) ?? [
  [own, "dist/sloth-runner"],
];
for (const [name, outfile] of builds) {
  await compileTo(name, outfile);
  console.log(outfile);
}
