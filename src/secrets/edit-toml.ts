import { sameValue, type Value } from "../base/value.ts";
import type { Edit } from "./edit-text.ts";
import type { Format } from "./document.ts";
import type { Step } from "./leaf-text.ts";

type Parse = (text: string, format: Format) => Promise<Value>;

/**
 * TOML, whose parser tells no places: each line where the value may stand is tried, and the first with which the file says just that is taken.
 * As it was where none does.
 */
export async function tomlWith(text: string, edits: readonly Edit[], parse: Parse): Promise<string> {
  let whole = text;
  for (const edit of edits) whole = await oneWith(whole, edit, parse);
  return whole;
}

async function oneWith(text: string, edit: Edit, parse: Parse): Promise<string> {
  for (const candidate of candidates(text, edit)) {
    const value = await parse(candidate, "toml").catch(() => undefined);
    if (value !== undefined && sameValue(valueAt(value, edit.path), edit.text)) return candidate;
  }
  return text;
}

function valueAt(value: Value, path: readonly Step[]): Value {
  return path.reduce<Value>((inner, step) => {
    const found: unknown = typeof inner === "object" && inner !== null ? Reflect.get(inner, step) : null;
    return (found ?? null) as Value; // what a parser of values made
  }, value);
}

function candidates(text: string, { path, text: put }: Edit): readonly string[] {
  const name = path.at(-1);
  if (typeof name !== "string") return [];
  const value = JSON.stringify(put);
  return [...inPlace(text, name, value), ...asNew(text, path.map(String), value)];
}

/** A value on one line, with what stands behind it. */
const VALUE = /^(\s*(?:[^=\n"']|"(?:[^"\\]|\\.)*"|'[^']*')*?=\s*)("(?:[^"\\]|\\.)*"|'[^']*'|[^#\s]+)(.*)$/;

function inPlace(text: string, name: string, value: string): readonly string[] {
  const lines = text.split("\n");
  return lines.flatMap((line, at) => {
    const [, before, , after] = VALUE.exec(line) ?? [];
    if (before === undefined || !before.includes(name)) return [];
    return [[...lines.slice(0, at), `${before}${value}${after ?? ""}`, ...lines.slice(at + 1)].join("\n")];
  });
}

/** At the end of its table, at the top, or in a table of its own at the end. */
function asNew(text: string, path: readonly string[], value: string): readonly string[] {
  const lines = text === "" ? [] : text.replace(/\n$/, "").split("\n");
  const table = path.slice(0, -1).map(keyText).join(".");
  const line = `${keyText(path.at(-1) ?? "")} = ${value}`;
  const header = lines.findIndex((one) => one.replace(/\s*(#.*)?$/, "").replaceAll(" ", "") === `[${table}]`);
  const first = table === "" ? 0 : header + 1;
  const next = lines.findIndex((one, at) => at >= first && /^\s*\[/.test(one));
  const end = lastFilled(lines, first, next < 0 ? lines.length : next);
  const inTable = table === "" || header >= 0 ? [[...lines.slice(0, end), line, ...lines.slice(end)]] : [];
  const own = [...lines, ...(lines.length === 0 ? [] : [""]), `[${table}]`, line];
  return [...inTable, own].map((all) => `${all.join("\n")}\n`);
}

/** Behind the last line that says something. */
function lastFilled(lines: readonly string[], from: number, to: number): number {
  let end = to;
  while (end > from && (lines[end - 1] ?? "").trim() === "") end--;
  return end;
}

function keyText(key: string): string {
  return /^[\w-]+$/.test(key) ? key : JSON.stringify(key);
}
