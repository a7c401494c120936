import { equal, isNumber } from "./values.ts";

/** Values that equal one another once; found at once when they are plain, by looking at each when they hold others. */
export class Members {
  private readonly plain = new Set<string>();
  private readonly others: unknown[] = [];

  constructor(values: Iterable<unknown> = []) {
    for (const value of values) this.add(value);
  }

  has(value: unknown): boolean {
    const key = keyOf(value);
    return key === undefined ? this.others.some((other) => equal(other, value)) : this.plain.has(key);
  }

  /** Whether it was not among them. */
  add(value: unknown): boolean {
    if (this.has(value)) return false;
    const key = keyOf(value);
    if (key === undefined) this.others.push(value);
    else this.plain.add(key);
    return true;
  }
}

/** Of what is equal to nothing that looks otherwise: true is 1, as in Python. */
function keyOf(value: unknown): string | undefined {
  if (typeof value === "string") return `s${value}`;
  if (isNumber(value) && !Number.isNaN(value)) return `n${Number(value)}`;
  return value === null ? "null" : undefined;
}
