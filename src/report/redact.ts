import type { RunEvent } from "../engine/events.ts";
import { utf8Text } from "../base/byte-text.ts";
import { Forms } from "../base/forms.ts";
import { SHORTEST_SECRET, formsOf } from "../base/secret-forms.ts";
import { Secret } from "../base/value.ts";

/** What stands where a secret was. */
const SHOWN = "(secret)";

/** Knows the secret values of a run and takes them out of every event, before any reader sees it. */
export interface Redactor {
  add(value: Uint8Array): void;
  text(text: string): string;
  event(event: RunEvent): RunEvent;
  /** How many characters at the end of a text may be the beginning of a secret. */
  beginning(text: string): number;
}

export function createRedactor(): Redactor {
  const forms = new Forms(SHORTEST_SECRET);
  const text = (given: string): string => forms.replaceIn(given, SHOWN);
  return {
    text,
    add(value) {
      for (const form of formsOf(value, "every")) forms.add(form);
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
    if (key === "hosts" && Array.isArray(value)) return [key, value.map((host: object) => withoutSecrets(host, text))];
    // Of the end of a run: numbers under words of ours.
    if (key === "tasks" && !Array.isArray(value)) return [key, value];
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
