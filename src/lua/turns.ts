/** How long Lua may keep the event loop waiting. */
export const SLICE_MS = 10;

/** Shares the thread between Lua and the event loop: when a slice is used up, who asks gets the next turn, in order. */
export class Turns {
  #last = performance.now();
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
    const resolve = this.#queue.shift();
    if (this.#queue.length > 0) setImmediate(() => this.#next());
    resolve?.();
  }
}
