/** Fields as documents name them, of one object and not of those in it: `startedAt` is `started_at`. */
export function snakeCase(object: object): { readonly [name: string]: unknown } {
  return Object.fromEntries(
    Object.entries(object).map(([name, value]) => [name.replaceAll(/[A-Z]/g, underscored), value]),
  );
}

function underscored(letter: string): string {
  return `_${letter.toLowerCase()}`;
}

/** `2026-01-02 03:04:05Z`, for people. */
export function shownTime(iso: string | null | undefined): string | null {
  return iso === null || iso === undefined ? null : iso.replace("T", " ").replace(/\.\d+Z$/, "Z");
}
