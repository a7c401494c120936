import { setTimeout as timer } from "node:timers/promises";
import { timerMs } from "./duration.ts";

/** Resolves after the time; throws the signal's reason as soon as that aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await timer(timerMs(ms), undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}
