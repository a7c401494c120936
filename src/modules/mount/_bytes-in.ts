const UNITS: { readonly [unit: string]: number } = { "": 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** Bytes of a size such as `512M` or `2GiB`; undefined: it is none. */
export function bytesIn(text: string): number | undefined {
  const [, digits, unit = ""] = /^([1-9]\d*)\s*([KMGT]?)(?:iB|B)?$/i.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits) * (UNITS[unit.toUpperCase()] ?? 1);
}
