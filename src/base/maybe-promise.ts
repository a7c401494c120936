/** A value, or one that has to be waited for. */
export type MaybePromise<T> = T | Promise<T>;

/** What follows from a value, at once when it is one. */
export function after<T, R>(value: MaybePromise<T>, follow: (value: T) => MaybePromise<R>): MaybePromise<R> {
  return value instanceof Promise ? value.then(follow) : follow(value);
}
