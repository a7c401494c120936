type Snake<S extends string> = S extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${Snake<Rest>}`
  : S;

export type SnakeCased<T> = { readonly [K in keyof T & string as Snake<K>]: T[K] };

/** Fields as documents name them, of one object and not of those in it: `startedAt` is `started_at`. */
export function snakeCase<T extends object>(object: T): SnakeCased<T> {
  const fields = Object.entries(object).map(
    ([name, value]) => [name.replaceAll(/[A-Z]/g, underscored), value] as const,
  );
  return Object.fromEntries(fields) as SnakeCased<T>; // the type says what was just done to the names
}

function underscored(letter: string): string {
  return `_${letter.toLowerCase()}`;
}
