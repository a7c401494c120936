import { plain } from "./show.ts";
import type { Value } from "../base/value.ts";
import { printableLines } from "../base/printable.ts";
import type { Sink } from "../report/sink.ts";

/** One value, the whole output of a command: text as it is, all else as JSON. A terminal is not given control characters. */
export function valueText(value: Value, { terminal }: Pick<Sink, "terminal">): string {
  const isPlain = typeof value === "string" || typeof value === "bigint";
  const text = isPlain ? String(value) : JSON.stringify(value, plain);
  return `${terminal ? printableLines(text) : text}\n`;
}
