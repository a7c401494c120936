import type { Emit } from "../engine/events.ts";
import type { InterruptedError } from "../base/errors.ts";

/** The world around a run, as whoever starts it gives it: a command line, or a page. */
export interface Around {
  readonly emit: Emit;
  /** Takes secrets out of what is recorded of errors. */
  readonly redact: (text: string) => string;
  /** All of standard input. */
  readonly stdin: () => Promise<Uint8Array>;
  /** Asks a person; answers undefined where there is nobody to ask. */
  readonly ask: (question: string) => Promise<string | undefined>;
  /** The same, without showing what is typed. */
  readonly askHidden: (question: string) => Promise<string | undefined>;
  /** Whether there is a person to ask. */
  readonly interactive: boolean;
  /** What was asked for, for the record: "stack destroy web --yes". */
  readonly line: string;
  readonly listen: Listen;
}

/** What a run that can be stopped listens to. */
export interface Stopper extends Disposable {
  readonly signal: AbortSignal;
  /** Stops it as a signal would, for a limit of time. */
  stop(why: Error): void;
}

/**
 * From now on the first signal asks the run to end in order: `first` is told, what is at work finishes or is ended, the record is
 * completed. The second ends us at once; `kill` takes along what we started.
 */
export type Listen = (first: (error: InterruptedError) => void, kill: () => void) => Stopper;
