import { resolve } from "node:path";

/** The program as `npm run build` leaves it. */
export const BINARY = resolve(import.meta.dir, "../../dist/sloth-runner");

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface RunOptions {
  readonly cwd?: string;
  readonly env?: Record<string, string>;
  readonly stdin?: string;
}

/** Runs a command to its end; only the given environment is passed, with PATH. */
export function run(argv: readonly string[], options: RunOptions = {}): Ran {
  const { stdin } = options;
  const { exitCode, stdout, stderr } = Bun.spawnSync([...argv], {
    ...options,
    stdin: stdin === undefined ? "ignore" : Buffer.from(stdin),
    env: { PATH: process.env["PATH"] ?? "/usr/bin:/bin", ...options.env },
  });
  return { code: exitCode, stdout: stdout.toString(), stderr: stderr.toString() };
}
