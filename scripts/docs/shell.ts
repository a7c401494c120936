import { dirname, resolve } from "node:path";
import type { Play } from "./sessions.ts";

const BINARY = resolve(import.meta.dir, "../../dist/sloth-runner");

/** The environment of whoever tries a page. */
export function environmentIn(directory: string): Record<string, string> {
  const path = `${dirname(BINARY)}:${process.env["PATH"]}`;
  return { PATH: path, HOME: directory, LANG: "C.UTF-8", SLOTH_RUNNER_DB: `${directory}/stacks.db` };
}

/** In a shell without a terminal, both streams as they come. */
export const inShell: Play = (line, directory) => {
  const argv = ["sh", "-c", `{ ${line}\n} 2>&1`];
  return Bun.spawnSync(argv, { cwd: directory, env: environmentIn(directory) }).stdout.toString();
};
