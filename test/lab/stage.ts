import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { LabPackage } from "./packages.ts";

/** Lays the package's files out below `directory`. */
export function stageFiles(directory: string, item: LabPackage): void {
  mkdirSync(directory, { recursive: true });
  for (const [path, contents] of Object.entries({ ...item.files, ...item.conffiles }))
    writeStaged(join(directory, path), contents, path.startsWith("/usr/bin/") ? 0o755 : 0o644);
}

export function writeStaged(path: string, contents: string, mode = 0o644): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, contents, { mode });
}
