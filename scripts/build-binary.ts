import { spawnSync } from "node:child_process";
import { rename } from "node:fs/promises";
import { parseArgs } from "node:util";
import manifest from "../package.json" with { type: "json" };

/**
 * Compiles the program into one file: `bun scripts/build-binary.ts [--outfile dist/sloth-runner]`.
 * It appears under its name only when it is whole.
 */
const { values } = parseArgs({ options: { outfile: { type: "string", default: "dist/sloth-runner" } } });
await build(values.outfile);
console.log(values.outfile);

async function build(outfile: string): Promise<void> {
  const unfinished = `${outfile}.tmp`;
  await Bun.build({
    entrypoints: ["src/main.ts"],
    target: "bun",
    format: "esm",
    minify: true,
    bytecode: true,
    define: constants(),
    compile: {
      outfile: unfinished,
      // What lies in the working directory is the user's, not ours to obey.
      autoloadBunfig: false,
      autoloadDotenv: false,
      autoloadPackageJson: false,
      autoloadTsconfig: false,
    },
  });
  await rename(unfinished, outfile);
}

/** What the program knows of its own build; `src` declares them, and none of them exists when it runs from source. */
function constants(): Record<string, string> {
  const known = {
    SLOTH_VERSION: manifest.version,
    SLOTH_COMMIT: commit(),
    SLOTH_TARGET: `${process.platform}-${process.arch}`,
  };
  return Object.fromEntries(Object.entries(known).map(([name, value]) => [name, JSON.stringify(value)]));
}

/** Marked when the tree differs from the commit: such a binary cannot be built again. */
function commit(): string {
  const git = (...argv: string[]) => spawnSync("git", argv, { encoding: "utf8" });
  const head = git("rev-parse", "HEAD");
  if (head.status !== 0) return "unknown";
  return head.stdout.trim() + (git("status", "--porcelain").stdout === "" ? "" : "-modified");
}
