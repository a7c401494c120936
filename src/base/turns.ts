/** Gives the event loop its turn after each so many milliseconds of work, so that signals are heard; throws what the signal says then. */
export function turns(signal: AbortSignal, everyMs = 10): () => Promise<void> | undefined {
  let last = performance.now();
  return () => {
    if (performance.now() - last < everyMs) return undefined;
    return new Promise(setImmediate).then(() => {
      last = performance.now();
      signal.throwIfAborted();
    });
  };
}
