import type { RunEvent } from "../engine/events.ts";
import { utf8Text } from "../base/byte-text.ts";
import { Secret } from "../base/value.ts";
import { Forms } from "./forms.ts";

/** What stands where a secret was. */
const SHOWN = "(secret)";

/**
 * A shorter value is not looked for: three characters stand in too many texts by chance, and the holes torn there
 * would give the value away sooner than hide it. Such a secret is still kept out by all that handles it as one.
 */
const SHORTEST = 4;

/** Knows the secret values of a run and takes them out of every event, before any reader sees it. */
export interface Redactor {
  add(value: Uint8Array): void;
  text(text: string): string;
  event(event: RunEvent): RunEvent;
  /** How many characters at the end of a text may be the beginning of a secret. */
  beginning(text: string): number;
}

export function createRedactor(): Redactor {
  const forms = new Forms(SHORTEST);
  const text = (given: string): string => forms.replaceIn(given, SHOWN);
  return {
    text,
    add(value) {
      for (const form of formsOf(value)) forms.add(form);
    },
    // Most events hold none, and looking costs a tenth of making anew.
    event: (event) => (forms.isEmpty || !mentions(event, forms) ? event : withoutSecrets(event, text)),
    beginning: (given) => forms.beginningIn(given),
  };
}

/**
 * Hands events on without secrets. What a child writes comes in pieces, so an end that may be the beginning of a secret is
 * held back until more of it comes, or anything else of that task.
 */
export function redacted(redactor: Redactor, emit: (event: RunEvent) => void): (event: RunEvent) => void {
  const held = new Map<string, Output>();
  const release = (key: string): void => {
    const event = held.get(key);
    held.delete(key);
    if (event !== undefined) emit(redactor.event(event));
  };
  return (event) => {
    if (event.type !== "output" || event.stream === "print") {
      for (const [key, { task }] of held) if (!("task" in event) || event.task === task) release(key);
      return emit(redactor.event(event));
    }
    const key = `${event.stream} ${event.task}`;
    const text = (held.get(key)?.text ?? "") + event.text;
    const ready = text.length - redactor.beginning(text);
    held.delete(key);
    if (ready < text.length) held.set(key, { ...event, text: text.slice(ready) });
    if (ready > 0) emit(redactor.event({ ...event, text: text.slice(0, ready) }));
  };
}

type Output = Extract<RunEvent, { type: "output" }>;

/** A larger one is looked for as it is, line by line: its escaped forms would take many times its size. */
const LARGE = 256 * 1024;

/** Every way in which a value may stand in a text. */
function formsOf(value: Uint8Array): ReadonlySet<string> {
  const text = utf8Text(value);
  const trimmed = text.trim();
  const lines = trimmed.split(/\r?\n/).map((line) => line.trim());
  const plain = [...new Set([text, trimmed, ...lines])].filter((form) => form.length >= SHORTEST);
  if (value.length > LARGE) return new Set(plain);
  const written = plain.flatMap((form) => [
    form,
    inJson(form),
    inJson(inJson(form)),
    inUrl(form),
    inForm(form),
    inShell(form),
    ...inAddress(form),
  ]);
  const encoded = [value, Buffer.from(trimmed)].flatMap(base64Forms);
  return new Set([...written, ...encoded].filter((form) => form.length >= SHORTEST));
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function inUrl(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

function inForm(text: string): string {
  return new URLSearchParams({ "": text }).toString().slice(1);
}

/** As URLs write it by themselves: in a query, and in a path. */
function inAddress(text: string): readonly string[] {
  if (text.length > 2000 || /[\r\n\t]/.test(text)) return [];
  const url = new URL("http://h/");
  url.search = text;
  url.pathname = text;
  return [url.search.slice(1), url.pathname.slice(1)];
}

function inShell(text: string): string {
  return text.replaceAll("'", String.raw`'\''`);
}

/**
 * Base64 at each of the three places a value may take in what is encoded (as in `user:password`), without the characters
 * that its neighbours decide, in both alphabets; and line by line, as encoders wrap it.
 */
function base64Forms(value: Uint8Array): readonly string[] {
  const placed = [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), value]).toString("base64");
    return encoded.slice(Math.ceil((before * 8) / 6), Math.floor(((before + value.length) * 8) / 6));
  });
  const alone = Buffer.from(value).toString("base64").replace(/=+$/, "");
  const long = [...placed, ...cut(alone, 64), ...cut(alone, 76)].filter((form) => form.length > SHORTEST);
  return [...long, ...long.map((form) => form.replaceAll("+", "-").replaceAll("/", "_"))];
}

function cut(encoded: string, width: number): readonly string[] {
  return encoded.match(new RegExp(`.{1,${width}}`, "g")) ?? [];
}

type Text = (given: string) => string;

function mentions(value: unknown, forms: Forms): boolean {
  if (typeof value === "string") return forms.areIn(value);
  if (typeof value !== "object" || value === null || value instanceof Secret) return false;
  if (value instanceof Uint8Array) return forms.areIn(utf8Text(value));
  if (Array.isArray(value)) return value.some((item) => mentions(item, forms));
  return Object.entries(value).some(([key, item]) => mentions(key, forms) || mentions(item, forms));
}

/** An event keeps its form: a secret that happens to read "update" must not break who reads the events. */
function withoutSecrets<T extends object>(event: T, text: Text): T {
  const entries = Object.entries(event).map(([key, value]: [string, unknown]) => {
    if (WORDS.has(key)) return [key, value];
    if (key === "changes" && Array.isArray(value))
      return [key, value.map((change: object) => withoutSecrets(change, text))];
    const inner = PARTS.has(key) && typeof value === "object" && value !== null;
    return [key, inner ? withoutSecrets(value, text) : cleaned(value, text)];
  });
  return Object.fromEntries(entries) as T; // the same keys, with values of the same types
}

/** Fields that hold words of ours. */
const WORDS = new Set(["type", "mode", "stream", "level", "result", "cause", "action", "counts"]);
/** Fields that hold objects of ours. */
const PARTS = new Set(["outcome", "error", "location", "text"]);

function cleaned(value: unknown, text: Text): unknown {
  if (typeof value === "string") return text(value);
  if (typeof value !== "object" || value === null || value instanceof Secret) return value;
  if (value instanceof Uint8Array) return isClean(value, text) ? value : SHOWN;
  if (Array.isArray(value)) return value.map((item) => cleaned(item, text));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [text(key), cleaned(item, text)]));
}

function isClean(bytes: Uint8Array, text: Text): boolean {
  const utf8 = Buffer.from(bytes).toString("utf8");
  return text(utf8) === utf8;
}
