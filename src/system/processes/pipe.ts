import { childEnvironment } from "./environment.ts";
import { makeOutput, type Output, type Reader } from "./output.ts";
import { descendantsOf, isRunning, processIdentity, type ProcessIdentity } from "./process-identity.ts";
import { Errno } from "../system-error.ts";
import type { Argv } from "../system.ts";

const STDERR_KEPT = 8 << 10;
/** What it started (a proxy, a control master) may hold its output open after it has ended. */
const LINGER_MS = 500;
/** Between TERM and KILL. */
const GRACE_MS = 2_000;

/** A process that is spoken with: ssh. It keeps our terminal, on which it may ask, and is not ended by Ctrl-C there. */
export interface Pipe {
  /** Resolves when the process has taken it. */
  write(bytes: Uint8Array): Promise<void>;
  /** Ends with the process, whoever else holds it. */
  readonly incoming: AsyncIterable<Uint8Array>;
  /** The last of what it said on its standard error. */
  complaint(): string;
  /** Resolves soon after its end, when all that it said has come. */
  readonly exited: Promise<number>;
  /** Its input ends. */
  end(): void;
  /** Ends it and what it has started: a proxy does not notice by itself that nobody wants it any more. */
  kill(): void;
}

/** Ignoring the signals survives exec; the words of the command are arguments, never part of this text. */
const UNDISTURBED = ["/bin/sh", "-c", 'trap "" INT HUP; exec "$@"', "sh"] as const;

export function openPipe(argv: Argv): Pipe {
  const [stdout, stderr] = [makeOutput(), makeOutput()];
  const child = Bun.spawn([...UNDISTURBED, ...argv], {
    stdin: "pipe",
    stdout: stdout.childEnd,
    stderr: stderr.childEnd,
    env: childEnvironment(),
  });
  const [output, complaints] = [stdout.open(child.stdout), stderr.open(child.stderr)];
  let said = "";
  const decoder = new TextDecoder();
  const listening = each(complaints, (piece) => {
    said = (said + decoder.decode(piece, { stream: true })).slice(-STDERR_KEPT);
  });
  const read = Promise.withResolvers<void>();
  const ended = (reader: Reader, all: Promise<void>, from: Output): Promise<void> =>
    child.exited.then(() => within(LINGER_MS, all)).then(() => reader.cancel().finally(() => from.close()));
  /** Writes to a process that has ended need not end by themselves. */
  const writing = new Set<PromiseWithResolvers<never>>();
  void child.exited.then(() => writing.forEach(({ reject }) => reject(new Errno("EPIPE"))));
  const told = ended(complaints, listening, stderr);
  void ended(output, read.promise, stdout);
  return {
    async write(bytes) {
      const gone = Promise.withResolvers<never>();
      writing.add(gone);
      await Promise.race([flushed(child.stdin, bytes), gone.promise]).finally(() => writing.delete(gone));
    },
    incoming: pieces(output, read.resolve),
    complaint: () => said,
    exited: told.then(() => child.exited),
    end: () => void child.stdin.end(),
    kill: () => endTree(child.pid),
  };
}

async function flushed(sink: Bun.FileSink, bytes: Uint8Array): Promise<void> {
  await sink.write(bytes);
  await sink.flush();
}

async function* pieces(reader: Reader, end?: () => void): AsyncGenerator<Uint8Array> {
  for (let next = await reader.read(); next.value !== undefined; next = await reader.read()) yield next.value;
  end?.();
}

async function each(reader: Reader, listener: (piece: Uint8Array) => void): Promise<void> {
  for await (const piece of pieces(reader)) listener(piece);
}

async function within(ms: number, done: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, ms);
  await Promise.race([done, late.promise]);
  clearTimeout(timer); // it would keep this process alive
}

function endTree(pid: number): void {
  const own = processIdentity(pid);
  if (own === null) return;
  const all = [own, ...descendantsOf(pid)];
  for (const one of all) signal(one, "SIGTERM");
  setTimeout(() => all.forEach((one) => signal(one, "SIGKILL")), GRACE_MS).unref();
}

function signal(process_: ProcessIdentity, name: "SIGTERM" | "SIGKILL"): void {
  if (!isRunning(process_)) return;
  try {
    process.kill(process_.pid, name);
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error; // it has ended, or is another's by now
  }
}
