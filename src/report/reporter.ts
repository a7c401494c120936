import type { Mode, RunEvent } from "../engine/events.ts";
import type { Verbosity } from "./diagnostics.ts";
import { redacted, type Redactor } from "./redact.ts";
import type { Sink } from "./sink.ts";
import { palette, wantsColour, wantsLive } from "./style.ts";

export interface ReporterOptions {
  readonly mode?: Mode | undefined;
  readonly output: "human" | "json";
  readonly verbosity: Verbosity;
  /** Show how texts differ. */
  readonly diff: boolean;
  readonly stdout: Sink;
  readonly stderr: Sink;
  /** Without one, nothing is taken out. */
  readonly redactor?: Redactor | undefined;
  readonly env: { readonly [name: string]: string | undefined };
}

export interface Reporter {
  readonly emit: (event: RunEvent) => void;
  /** Somebody is asked something: until it is disposed of nothing is told to people. */
  readonly hush: () => Disposable;
  /** Takes the status line away and waits until all is written. */
  close(): Promise<void>;
}

/** Tells a run to whoever started it. Loads only what this output needs. */
export async function createReporter(options: ReporterOptions): Promise<Reporter> {
  const reader = options.output === "json" ? await jsonReporter(options) : await humanReporter(options);
  const { redactor } = options;
  return { ...reader, emit: redactor === undefined ? reader.emit : redacted(redactor, reader.emit) };
}

async function jsonReporter({ stdout }: ReporterOptions): Promise<Reporter> {
  const { jsonReader } = await import("./json.ts");
  return { emit: jsonReader(stdout), hush: () => ({ [Symbol.dispose]() {} }), close: () => stdout.drain() };
}

async function humanReporter({ mode, verbosity, diff, stdout, stderr, env }: ReporterOptions): Promise<Reporter> {
  const { humanReader } = await import("./human.ts");
  const { createScreen } = await import("./screen.ts");
  const screen = createScreen(stdout, stderr);
  const paint = palette(wantsColour(stdout, env));
  const draw = diff ? (await import("./text-diff.ts")).unifiedDiff : undefined;
  const human = humanReader({
    mode,
    screen,
    paint,
    errorPaint: palette(wantsColour(stderr, env)),
    verbosity,
    textDiff: ({ text }) =>
      text === undefined || text.before === text.after
        ? undefined
        : draw?.(text.path, text.before, text.after, paint, stdout.columns),
  });
  const live =
    verbosity !== "quiet" && wantsLive(stderr, env) ? (await import("./live.ts")).liveStatus(screen) : undefined;
  return {
    emit(event) {
      human(event);
      live?.note(event);
    },
    hush: () => screen.hush(),
    async close() {
      live?.close();
      await stdout.drain();
      await stderr.drain();
    },
  };
}
