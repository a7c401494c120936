import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { forget } from "./files.ts";
import { OURS, written, type Workload } from "./workload.ts";

/** One large file. Its source was just written, so everybody reads it from memory; nobody shares blocks with it (no reflink). */
export const gigabyte: Workload = {
  name: "gigabyte",
  where: "disk",
  long: true,
  entries(directory, { program }) {
    const source = join(directory, "large");
    const dest = join(directory, "copied");
    plantGigabyte(source);
    const text = `file_ops.copy{ src = "${source}", dest = "${dest}", mode = "0644" }\n`;
    const ours = [program, "run", "--db", "db", written(directory, { name: "large.lua", text })] as const;
    const copy = `cp --reflink=never ${source} ${dest}`;
    const reset = (): void => {
      forget(directory, dest);
      Bun.spawnSync(["sync"]); // what one run left to be written is no load on the next
    };
    const rows = {
      "cp and sha256sum": ["sh", "-c", `${copy} && sha256sum ${dest}`],
      "cp, sync and sha256sum": ["sh", "-c", `${copy} && sync ${dest} && sha256sum ${dest}`],
      [`${OURS}, first run`]: ours,
    } as const;
    const cwd = directory;
    return [
      ...Object.entries(rows).map(([tool, argv]) => ({ group: "1 GiB", tool, command: { argv, cwd, reset } })),
      { group: "1 GiB", tool: `${OURS}, nothing to do`, command: { argv: ours, cwd } },
    ];
  },
};

export function plantGigabyte(path: string): void {
  const piece = Buffer.alloc(1 << 26, "a gigabyte of something ");
  for (let i = 0; i < 16; i++) appendFileSync(path, piece);
}
