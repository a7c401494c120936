import type { Listen, Stopper } from "../run/around.ts";
import { InterruptedError } from "../base/errors.ts";

const SIGNALS = ["SIGHUP", "SIGINT", "SIGTERM"] as const;

/** Listens to the signals that end a process. */
export const listenForSignals: Listen = (first, kill): Stopper => {
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
};

function endNow(signal: (typeof SIGNALS)[number], kill: () => void): void {
  kill();
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
