import { join } from "node:path";

/** Whether this is the compiled program, and not its source. */
export function isCompiled(): boolean {
  return Bun.main.startsWith("/$bunfs/");
}

/** What starts this program once more, whatever is at its path by now; from source, Bun with our first file. */
export function ownProgram(): readonly [string, ...string[]] {
  if (!isCompiled()) return [process.execPath, join(import.meta.dir, "../main.ts")];
  return [process.platform === "linux" ? "/proc/self/exe" : process.execPath];
}
