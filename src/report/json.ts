import type { RunEvent } from "../engine/events.ts";
import { printable } from "../base/printable.ts";
import type { Sink } from "./sink.ts";

/** Of the events as docs/events.md describes them; a change that would break a reader makes it 2. */
const VERSION = 1;

/** One JSON event a line. */
export function jsonReader(stdout: Sink, now: () => Date = () => new Date()): (event: RunEvent) => void {
  return (event) => {
    const line = { v: VERSION, at: now().toISOString(), ...typeFirst(event) };
    // Most events hold nothing but text and numbers, and a replacer makes them three times as dear.
    const text = holdsValues(event) ? undefined : JSON.stringify(line);
    stdout.write(`${text === undefined || LONE.test(text) ? JSON.stringify(line, plain) : text}\n`);
  };
}

/** Times to the microsecond. */
function typeFirst({ type, ...rest }: RunEvent): object {
  return "durationMs" in rest
    ? { type, ...rest, durationMs: Math.round(rest.durationMs * 1000) / 1000 }
    : { type, ...rest };
}

function holdsValues(event: RunEvent): boolean {
  return event.type === "log" || (event.type === "resource_done" && event.outcome.changes.length > 0);
}

/** As JSON writes half of a character, which stands for a byte that is not UTF-8. */
const LONE = /\\u(?:d[89a-f])/;

/** What JSON has no word for, as the record writes it; bytes of names that are not UTF-8 as `\xNN`. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll(/\p{Cs}/gu, printable);
  if (typeof value === "bigint") return { $int: value.toString() };
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString("base64") };
  return typeof value !== "number" || Number.isFinite(value) ? value : { $number: String(value) };
}
