import type { OpenFile } from "../../lua/library/machine-port.ts";
import { byteArgv } from "./byte-argv.ts";
import { endGroup } from "./children.ts";
import { childEnvironment } from "./environment.ts";
import { notSeekable } from "../files/open-file.ts";
import { makeOutput, type Reader } from "./output.ts";
import { Errno } from "../system-error.ts";
import type { Argv } from "../system.ts";

export interface PipeCall {
  readonly signal: AbortSignal;
  /** Between TERM and KILL. */
  readonly graceMs: number;
  onOutput(stream: "stdout" | "stderr", bytes: Uint8Array): void;
  /** Nobody else has use for it: one that is not closed is ended with Lua. */
  readonly endsWithUs?: boolean | undefined;
}

/**
 * C's popen: `r` reads what the command says, `w` writes to its input; the streams not asked for go to `onOutput`. It is a
 * process group of its own, ended when the signal aborts. One that Lua forgets to close is not waited for.
 */
export async function openPipe(argv: Argv, mode: "r" | "w", call: PipeCall): Promise<OpenFile> {
  call.signal.throwIfAborted();
  const [stdout, stderr] = [makeOutput(), makeOutput()];
  const child = Bun.spawn([...byteArgv(argv)], {
    env: childEnvironment(),
    stdin: mode === "w" ? "pipe" : "ignore",
    stdout: stdout.childEnd,
    stderr: stderr.childEnd,
    detached: true,
  });
  child.unref();
  const end = (): void => void endGroup(child.pid, call.graceMs);
  call.signal.addEventListener("abort", end, { once: true });
  void child.exited.then(() => call.signal.removeEventListener("abort", end));
  const output = stdout.open(child.stdout);
  const errors = stderr.open(child.stderr);
  const listening = [forward(errors, (piece) => call.onOutput("stderr", piece))];
  if (mode === "w") listening.push(forward(output, (piece) => call.onOutput("stdout", piece)));
  const letGo = async (): Promise<void> => {
    if (call.endsWithUs) end();
    await Promise.allSettled([child.stdin?.end(), output.cancel(), errors.cancel()]);
  };
  return {
    read: async () => (mode === "r" ? ((await output.read()).value ?? new Uint8Array()) : refused()),
    async write(bytes) {
      if (child.stdin === undefined) refused();
      await child.stdin.write(bytes);
      await child.stdin.flush();
    },
    seek: notSeekable,
    async close() {
      await child.stdin?.end();
      if (mode === "r") await output.cancel();
      stdout.close();
      await child.exited;
      await Promise.all(listening);
      stderr.close();
      return child.exitCode ?? 128;
    },
    abandon() {
      void letGo();
    },
  };
}

function refused(): never {
  throw new Errno("EBADF");
}

async function forward(reader: Reader, listener: (piece: Uint8Array) => void): Promise<void> {
  for (;;) {
    const { done, value } = await reader.read();
    if (done || value === undefined) return;
    listener(value);
  }
}
