import { InterruptedError } from "../base/errors.ts";

const SIGNALS = ["SIGHUP", "SIGINT", "SIGTERM"] as const;

/** What a run that can be stopped listens to. */
export interface Stopper extends Disposable {
  readonly signal: AbortSignal;
  /** Stops it as a signal would, for a limit of time. */
  stop(why: Error): void;
}

/**
 * The first signal asks the run to end in order: what is at work finishes or is ended, the record is completed. The second ends us
 * at once, as if we had not listened; `kill` takes along what we started.
 */
export function listenForSignals(first: (error: InterruptedError) => void, kill: () => void): Stopper {
  const controller = new AbortController();
  const stop = (error: Error): void => controller.abort(error);
  const handlers = SIGNALS.map((signal) => {
    const handle = (): void => {
      if (controller.signal.aborted) return endNow(signal, kill);
      const error = new InterruptedError(signal);
      stop(error);
      first(error);
    };
    process.on(signal, handle);
    return () => process.off(signal, handle);
  });
  return { signal: controller.signal, stop, [Symbol.dispose]: () => handlers.forEach((remove) => remove()) };
}

function endNow(signal: (typeof SIGNALS)[number], kill: () => void): void {
  kill();
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
