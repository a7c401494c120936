/** How long Lua may keep the event loop waiting. */
export const SLICE_MS = 10;
/**
 * Garbage is collected beside the work after so many slices, and what has grown old after more. Left to itself the heap grows to
 * 80 MiB of garbage where 4 MiB are in use; a collection takes 2 ms, one of all 5.
 */
const COLLECT_AFTER = 8;
const COLLECT_ALL_AFTER = 64;

/** Shares the thread between Lua and the event loop: when a slice is used up, who asks gets the next turn, in order. */
export class Turns {
  #last = performance.now();
  #slices = 0;
  readonly #queue: (() => void)[] = [];

  due(): boolean {
    return this.waitedMs() >= SLICE_MS;
  }

  /** Since the event loop was served. */
  waitedMs(): number {
    return performance.now() - this.#last;
  }

  /** Resolves after the event loop was served; one at a time, so that every turn is one slice. */
  take(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#queue.push(resolve) === 1) setImmediate(() => this.#next());
    });
  }

  #next(): void {
    this.#last = performance.now();
    if (++this.#slices % COLLECT_AFTER === 0) Bun.gc(this.#slices % COLLECT_ALL_AFTER === 0);
    const resolve = this.#queue.shift();
    if (this.#queue.length > 0) setImmediate(() => this.#next());
    resolve?.();
  }
}
