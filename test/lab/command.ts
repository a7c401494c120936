export interface Output {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly stdin?: string | Uint8Array | Blob | undefined;
  readonly env?: Record<string, string | undefined> | undefined;
}

/** Runs a command of this machine to its end; any exit code is an answer. */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<Output> {
  const stdin = typeof options.stdin === "string" ? new TextEncoder().encode(options.stdin) : options.stdin;
  const child = Bun.spawn([...argv], {
    stdin: stdin ?? "ignore",
    stdout: "pipe",
    stderr: "pipe",
    env: options.env ?? process.env,
  });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return { exitCode: await child.exited, stdout, stderr };
}

/** As `run`, and its standard output; a non-zero exit code is an error that quotes the end of what it said. */
export async function succeed(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  return outputOf(argv, await run(argv, options));
}

export function outputOf(argv: readonly string[], output: Output): string {
  if (output.exitCode === 0) return output.stdout;
  const said = `${output.stdout}\n${output.stderr}`.trim().split("\n").slice(-20).join("\n");
  throw new Error(`${argv.join(" ")}: exit code ${output.exitCode}\n${said}`);
}

/** Tries until it answers something; the last error, or `what`, after the limit. */
export async function until<T>(
  what: string,
  limitMs: number,
  attempt: () => Promise<T | undefined> | T | undefined,
): Promise<T> {
  const end = Date.now() + limitMs;
  let last: unknown;
  while (Date.now() < end) {
    try {
      const answer = await attempt();
      if (answer !== undefined) return answer;
    } catch (error) {
      last = error;
    }
    await Bun.sleep(20);
  }
  throw new Error(`${what}: not within ${limitMs / 1000} s`, { cause: last });
}
