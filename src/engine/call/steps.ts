/**
 * Work that waits only where it must: written as a generator, it yields each promise it has to wait for, and what meets none is done
 * before the caller goes on. That is how a resource with nothing to do costs no turn of the event loop.
 */
export type Steps<T> = Generator<Promise<unknown>, T, unknown>;

/** Takes the steps at once, or from the first promise on when each is fulfilled. Throws or rejects as they do. */
export function take<T>(steps: Steps<T>): T | Promise<T> {
  const { done, value } = steps.next();
  return done === true ? value : goOn(steps, value);
}

async function goOn<T>(steps: Steps<T>, first: Promise<unknown>): Promise<T> {
  for (let waiting = first; ;) {
    const { done, value } = await waiting.then(
      (answer) => steps.next(answer),
      (error: unknown) => steps.throw(error),
    );
    if (done === true) return value;
    waiting = value;
  }
}
