import type { Value } from "../../base/value.ts";
import { shownValue } from "../shown.ts";
import { table } from "../table.ts";

/** Named values, a line each; `none` says that there are none. */
export function valuesText(values: { readonly [key: string]: Value }, none: string, columns?: number): string {
  const rows = Object.entries(values).map(([key, value]) => [key, shownValue(value)]);
  return rows.length === 0 ? `${none}\n` : table(["KEY", "VALUE"], rows, columns);
}
