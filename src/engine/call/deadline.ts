import { timerMs } from "../../base/duration.ts";
import { SlothError } from "../../base/errors.ts";

/** A signal that also aborts after a time, and what ends the waiting. Without a time it is the given signal. */
export function withDeadline(
  signal: AbortSignal,
  timeoutMs: number | undefined,
): { readonly signal: AbortSignal } & Disposable {
  if (timeoutMs === undefined) return { signal, [Symbol.dispose]: nothing };
  const controller = new AbortController();
  const expire = (): void => controller.abort(new SlothError("E_TIMEOUT", `took longer than ${timeoutMs / 1000} s`));
  const timer = setTimeout(expire, timerMs(timeoutMs));
  return { signal: AbortSignal.any([signal, controller.signal]), [Symbol.dispose]: () => clearTimeout(timer) };
}

function nothing(): void {}
