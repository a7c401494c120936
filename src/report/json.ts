import type { RunEvent } from "../engine/events.ts";
import { printable } from "./printable.ts";
import type { Sink } from "./sink.ts";

/** Of the events as docs/events.md describes them; a change that would break a reader makes it 2. */
const VERSION = 1;

/** One JSON event a line. */
export function jsonReader(stdout: Sink, now: () => Date = () => new Date()): (event: RunEvent) => void {
  return (event) => {
    const { type, ...rest } = event;
    stdout.write(`${JSON.stringify({ v: VERSION, at: now().toISOString(), type, ...rest }, plain)}\n`);
  };
}

/** What JSON has no word for, as the record writes it; bytes of names that are not UTF-8 as `\xNN`; times to the microsecond. */
function plain(key: string, value: unknown): unknown {
  if (typeof value === "string") return value.isWellFormed() ? value : printable(value);
  if (typeof value === "bigint") return { $int: value.toString() };
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString("base64") };
  if (typeof value !== "number") return value;
  if (!Number.isFinite(value)) return { $number: String(value) };
  return key.endsWith("Ms") ? Math.round(value * 1000) / 1000 : value;
}
