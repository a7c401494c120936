import { constants } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { timerMs } from "../../base/duration.ts";
import { SlothError, toError } from "../../base/errors.ts";
import { endedSaying } from "../../base/said.ts";
import { utf8Text } from "../../base/byte-text.ts";
import type { Accounts } from "../accounts.ts";
import { ChildSlots } from "./child-slots.ts";
import { endGroup, type Children } from "./children.ts";
import { prepare, start, type Launch, type Started } from "./launch.ts";
import { Collector, makeOutput, type Output } from "./output.ts";
import { errnoOf } from "../system-error.ts";
import type { Argv, CommandOptions, CommandResult } from "../system.ts";

const OUTPUT_LIMIT = 64 << 20;
/** A daemon that the command left behind may hold its output open for ever. */
const LINGER_MS = 200;
const LINGER_MOST_MS = 2000;

export interface CommandCall {
  readonly signal: AbortSignal;
  readonly children: Children;
  readonly accounts: Accounts;
  readonly euid: number;
}

/** Of the whole process, as descriptors are. */
let slots: ChildSlots | undefined;

/** Runs a command in its own process group and waits for it and its output. */
export async function runCommand(argv: Argv, options: CommandOptions, call: CommandCall): Promise<CommandResult> {
  slots ??= new ChildSlots();
  using _slot = await slots.take();
  call.signal.throwIfAborted();
  const launch = prepare(argv, options, call.accounts, call.euid);
  for (let tries = 1; ; tries++) {
    const [stdout, stderr] = [makeOutput(), makeOutput()];
    try {
      return await supervise(launch, start(launch, stdout, stderr), [stdout, stderr], options, call);
    } catch (error) {
      if (tries === START_TRIES || !isOutOfFiles(error)) throw error;
    } finally {
      stdout.close();
      stderr.close();
    }
    await sleep(START_PAUSE_MS, undefined, { signal: call.signal });
  }
}

/** The descriptors of children that have ended are closed a little later. */
const START_TRIES = 50;
const START_PAUSE_MS = 20;

function isOutOfFiles(error: unknown): boolean {
  return error instanceof SlothError && error.code === "E_COMMAND" && errnoOf(error.cause) === "EMFILE";
}

async function supervise(
  launch: Launch,
  child: Started,
  outputs: readonly [Output, Output],
  options: CommandOptions,
  call: CommandCall,
): Promise<CommandResult> {
  let why: Error | undefined;
  let ending: Promise<void> | undefined;
  const end = (reason: Error): void => {
    why ??= reason;
    ending ??= endGroup(child.pid, call.children.graceMs);
  };
  using watch = new DisposableStack();
  watch.use(call.children.add(child.pid, launch.name, options.mustFinish === true, end));
  watch.defer(endAfter(options.timeoutMs, () => end(tookTooLong(launch, options.timeoutMs ?? 0))));
  if (options.mustFinish !== true) watch.defer(onAbort(call.signal, end));
  const kept = await collect(launch, child, outputs, options, end);
  await child.exited;
  await ending;
  if (why !== undefined) throw why;
  return { exitCode: exitCodeOf(child), stdout: kept[0].bytes(), stderr: kept[1].bytes() };
}

/** Reads both streams until they end, or until the command has ended and no more comes. */
async function collect(
  launch: Launch,
  child: Started,
  outputs: readonly [Output, Output],
  options: CommandOptions,
  end: (why: Error) => void,
): Promise<readonly [Collector, Collector]> {
  const limit = options.maxOutput ?? OUTPUT_LIMIT;
  const { onOutput } = options;
  const collectorOf = (stream: "stdout" | "stderr"): Collector =>
    new Collector(limit, onOutput === undefined ? undefined : (piece) => onOutput(stream, piece));
  const collectors = [collectorOf("stdout"), collectorOf("stderr")] as const;
  const readers = [outputs[0].open(child.stdout), outputs[1].open(child.stderr)] as const;
  const reading = collectors.map(async (collector, i) => {
    try {
      const reader = readers[i];
      if (reader !== undefined && !(await collector.readAll(reader))) end(tooMuch(launch, limit));
    } catch (error) {
      end(toError(error));
    }
  });
  const all = Promise.all(reading).then(() => true);
  const given = child.exited.then(() => untilQuiet(() => collectors[0].seen + collectors[1].seen, all));
  await Promise.race([all, given]);
  await Promise.all(readers.map((reader) => reader.cancel()));
  return collectors;
}

/** Until nothing came for a while; looked at after the event loop had its turn, in case it was us who were slow. */
async function untilQuiet(seen: () => number, all: Promise<boolean>): Promise<void> {
  for (const until = performance.now() + LINGER_MOST_MS; performance.now() < until;) {
    const before = seen();
    if (await within(LINGER_MS, all)) return;
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    if (seen() === before) return;
  }
}

function within(ms: number, done: Promise<boolean>): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), ms);
  void done.then(resolve).finally(() => clearTimeout(timer));
  return promise;
}

function endAfter(ms: number | undefined, action: () => void): () => void {
  if (ms === undefined) return () => undefined;
  const timer = setTimeout(action, timerMs(ms));
  return () => clearTimeout(timer);
}

function onAbort(signal: AbortSignal, action: (why: Error) => void): () => void {
  const listener = (): void => action(toError(signal.reason));
  if (signal.aborted) listener();
  else signal.addEventListener("abort", listener);
  return () => signal.removeEventListener("abort", listener);
}

function exitCodeOf(child: Started): number {
  const { signalCode } = child;
  if (signalCode === null) return child.exitCode ?? 0;
  return 128 + (typeof signalCode === "number" ? signalCode : constants.signals[signalCode]);
}

function tookTooLong(launch: Launch, ms: number): SlothError {
  return new SlothError("E_TIMEOUT", `${launch.name} did not end within ${ms / 1000} s and was stopped`);
}

function tooMuch(launch: Launch, limit: number): SlothError {
  return new SlothError("E_OUTPUT_LIMIT", `${launch.name} wrote more than ${limit} bytes and was stopped`, {
    hint: "let it write to a file",
  });
}

/** Output as text; bytes that are not UTF-8 show as U+FFFD. */
export interface CommandText {
  readonly stdout: string;
  readonly stderr: string;
}

/** The output of a command that ended with 0; E_COMMAND_FAILED with the last lines of what it said otherwise. */
export function mustSucceed(argv: Argv, result: CommandResult): CommandText {
  const text = { stdout: utf8Text(result.stdout), stderr: utf8Text(result.stderr) };
  if (result.exitCode === 0) return text;
  const how = result.exitCode > 128 ? `was ended by signal ${result.exitCode - 128}` : `ended with ${result.exitCode}`;
  throw new SlothError("E_COMMAND_FAILED", endedSaying(`\`${argv.join(" ")}\` ${how}`, text));
}
