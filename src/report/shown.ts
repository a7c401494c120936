import { Secret, type Value } from "../base/value.ts";
import { printable } from "../base/printable.ts";

const LONGEST = 160;

/** A value of a property, short and on one line. */
export function shownValue(value: Value): string {
  if (value === null) return "(none)";
  if (typeof value === "string") return shownText(value);
  if (typeof value === "bigint") return String(value);
  if (value instanceof Uint8Array) return `(${value.length} bytes)`;
  if (value instanceof Secret) return "(secret)";
  return shortened(printable(wholeText(value)));
}

export function wholeText(value: Value): string {
  return typeof value === "string" ? value : JSON.stringify(value, plain);
}

/** One of several: its end tells it from its like, as a key's comment does. */
export function shownItem(value: Value): string {
  if (typeof value !== "string" || value.length <= LONGEST) return shownValue(value);
  return `"${printable(value.slice(0, LONGEST / 2))}…${printable(value.slice(-LONGEST / 2))}"`;
}

/** Too long to be shown whole. */
export function isCut(value: Value): boolean {
  return typeof value === "object" && value !== null && shownValue(value).length >= LONGEST;
}

function shownText(text: string): string {
  const digest = /^(sha256|keyed):[0-9a-f]{64}$/.exec(text);
  if (digest !== null) return text.slice(0, text.indexOf(":") + 13);
  return /^[\w./:@%+,=-]+$/.test(text) ? shortened(text) : shortened(`"${printable(text)}"`);
}

function shortened(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`;
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  return value instanceof Uint8Array ? `(${value.length} bytes)` : value;
}

/** `45 ms`, `0.3 s`, `12 s`, `2 min 5 s`, `1 h 3 min` */
export function shownDuration(ms: number): string {
  if (ms < 99.5) return `${Math.round(ms)} ms`;
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
