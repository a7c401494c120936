import { ownEnvironment } from "./environment.ts";
import type { Argv } from "../system.ts";

const STDERR_KEPT = 8 << 10;

/** A process that is spoken with: ssh. It keeps our terminal, on which it may ask, and is not ended by Ctrl-C there. */
export interface Pipe {
  /** Resolves when the process has taken it. */
  write(bytes: Uint8Array): Promise<void>;
  readonly incoming: AsyncIterable<Uint8Array>;
  /** The last of what it said on its standard error. */
  complaint(): string;
  readonly exited: Promise<number>;
  /** Its input ends. */
  end(): void;
  kill(): void;
}

/** Ignoring the signals survives exec; the words of the command are arguments, never part of this text. */
const UNDISTURBED = ["/bin/sh", "-c", 'trap "" INT HUP; exec "$@"', "sh"] as const;

export function openPipe(argv: Argv): Pipe {
  const child = Bun.spawn([...UNDISTURBED, ...argv], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
    env: { ...ownEnvironment() },
  });
  let said = "";
  const listening = (async () => {
    const decoder = new TextDecoder();
    for await (const piece of child.stderr) said = (said + decoder.decode(piece, { stream: true })).slice(-STDERR_KEPT);
  })();
  return {
    async write(bytes) {
      await child.stdin.write(bytes);
      await child.stdin.flush();
    },
    incoming: child.stdout,
    complaint: () => said,
    exited: Promise.all([child.exited, listening]).then(([code]) => code),
    end: () => void child.stdin.end(),
    kill: () => child.kill("SIGTERM"),
  };
}
