import { TemplateFailure } from "./failure.ts";
import type { Filter, Given } from "./given.ts";
import { Members } from "./members.ts";
import { split } from "./methods.ts";
import {
  Undefined,
  contains,
  defined,
  isDict,
  isNumber,
  items,
  listOf,
  textOf,
  toStr,
  truth,
  typeName,
} from "./values.ts";

/** The filters of Ansible that look at values alone. */
export const ANSIBLE_FILTERS: Readonly<Record<string, Filter>> = {
  bool: (value) => boolOf(value),
  combine: combined,
  comment: commented,
  dict2items: (value, given) => {
    if (!isDict(value)) throw new TemplateFailure(`needs a dict, not a ${typeName(value)}`);
    const [key, item] = [given.text(0, "key_name", "key"), given.text(1, "value_name", "value")];
    return [...value].map(
      ([name, its]) =>
        new Map<string, unknown>([
          [key, name],
          [item, its],
        ]),
    );
  },
  difference: (value, given) => {
    const other = new Members(items(given.value(0, "b")));
    return distinct(items(value).filter((item) => !other.has(item)));
  },
  flatten: (value, given) =>
    flattened(items(value), given.number(0, "levels", Infinity), given.flag(1, "skip_nulls", true)),
  intersect: (value, given) => {
    const other = new Members(items(given.value(0, "b")));
    return distinct(items(value).filter((item) => other.has(item)));
  },
  items2dict: (value, given) => {
    const [key, item] = [given.text(0, "key_name", "key"), given.text(1, "value_name", "value")];
    return new Map(
      listOf(value).map((pair) => {
        if (!isDict(pair) || !pair.has(key) || !pair.has(item))
          throw new TemplateFailure(`needs dicts with '${key}' and '${item}'`);
        return [textOf(pair.get(key)), pair.get(item)];
      }),
    );
  },
  mandatory: (value, given) => {
    if (!(value instanceof Undefined)) return value;
    throw new TemplateFailure(given.has(0, "msg") ? given.text(0, "msg") : `${value.what} is undefined`);
  },
  quote: (value) => (value === null ? "''" : shellQuoted(toStr(value))),
  split: (value, given) => split(textOf(value), given.value(0, "sep", null), given.number(1, "maxsplit", -1)),
  symmetric_difference: (value, given) => {
    const [left, right] = [items(value), items(given.value(0, "b"))];
    const [inLeft, inRight] = [new Members(left), new Members(right)];
    return distinct([...left.filter((item) => !inRight.has(item)), ...right.filter((item) => !inLeft.has(item))]);
  },
  ternary: (value, given) => {
    const [yes, no] = [given.value(0, "true_val"), given.value(1, "false_val")];
    const none = given.value(2, "none_val", null);
    return value === null && none !== null ? none : truth(value) ? yes : no;
  },
  type_debug: (value) => typeName(value),
  union: (value, given) => distinct([...items(value), ...items(given.value(0, "b"))]),
  zip: (value, given) => {
    const lists = [items(value), ...given.rest(0).map(items)];
    const length = Math.min(...lists.map((list) => list.length));
    return Array.from({ length }, (_, index) => lists.map((list) => list[index]));
  },
};

/** What Ansible does not know is false there. */
function boolOf(value: unknown): boolean {
  return typeof value === "boolean"
    ? value
    : isNumber(value)
      ? Number(value) === 1
      : /^(yes|on|1|true)$/i.test(toStr(value));
}

function combined(value: unknown, given: Given): unknown {
  const recursive = given.flag(Infinity, "recursive");
  const lists = given.text(Infinity, "list_merge", "replace");
  if (!Object.hasOwn(LIST_MERGES, lists))
    throw new TemplateFailure(`'list_merge' must be one of ${Object.keys(LIST_MERGES).join(", ")}`);
  const [first, ...others] = [value, ...given.rest(0)].flat(Infinity);
  if (first === undefined) return new Map();
  const made = others.reduce((into, other) => merged(into, other, recursive, lists), dictOf(first));
  return made;
}

function dictOf(value: unknown): Map<string, unknown> {
  if (isDict(value)) return value;
  throw new TemplateFailure(`needs dicts, not a ${typeName(defined(value))}`);
}

function merged(into: unknown, other: unknown, recursive: boolean, lists: string): Map<string, unknown> {
  const made = new Map(dictOf(into));
  for (const [key, item] of dictOf(other)) {
    const before = made.get(key);
    if (recursive && isDict(before) && isDict(item)) made.set(key, merged(before, item, true, lists));
    else if (Array.isArray(before) && Array.isArray(item)) made.set(key, LIST_MERGES[lists]?.(before, item) ?? item);
    else made.set(key, item);
  }
  return made;
}

type Lists = (before: readonly unknown[], item: readonly unknown[]) => unknown[];
const without = (list: readonly unknown[], other: readonly unknown[]): unknown[] =>
  list.filter((one) => !contains(other, one));

/** What becomes of two lists under one name. */
const LIST_MERGES: Readonly<Record<string, Lists>> = {
  replace: (_, item) => [...item],
  keep: (before) => [...before],
  append: (before, item) => [...before, ...item],
  prepend: (before, item) => [...item, ...before],
  append_rp: (before, item) => [...without(before, item), ...item],
  prepend_rp: (before, item) => [...item, ...without(before, item)],
};

const STYLES: Readonly<
  Record<string, { readonly decoration: string; readonly beginning: string; readonly end: string }>
> = {
  plain: { decoration: "# ", beginning: "", end: "" },
  erlang: { decoration: "% ", beginning: "", end: "" },
  c: { decoration: "// ", beginning: "", end: "" },
  cblock: { decoration: " * ", beginning: "/*", end: " */" },
  xml: { decoration: " - ", beginning: "<!--", end: "-->" },
};

function commented(value: unknown, given: Given): string {
  const name = given.text(0, "style", "plain");
  const style = STYLES[name];
  if (style === undefined) throw new TemplateFailure(`there is no style '${name}'`);
  const decoration = given.text(Infinity, "decoration", style.decoration);
  const bare = decoration.trimEnd();
  const prefix = given.text(Infinity, "prefix", bare);
  const postfix = given.text(Infinity, "postfix", bare);
  const before = `${prefix}\n`.repeat(prefix === "" ? 0 : given.number(Infinity, "prefix_count", 1));
  const after = `\n${postfix}`.repeat(given.number(Infinity, "postfix_count", 1));
  const beginning = given.text(Infinity, "beginning", style.beginning);
  const end = given.text(Infinity, "end", style.end);
  const text = (decoration + textOf(value).replaceAll("\n", `\n${decoration}`)).replaceAll(
    `${decoration}\n`,
    `${bare}\n`,
  );
  return (beginning === "" ? "" : `${beginning}\n`) + before + text + after + (end === "" ? "" : `\n${end}`);
}

function distinct(list: readonly unknown[]): unknown[] {
  const seen = new Members();
  return list.filter((item) => seen.add(item));
}

function flattened(list: readonly unknown[], levels: number, skips: boolean): unknown[] {
  return list
    .filter((item) => !skips || (item !== null && item !== "None" && item !== "null"))
    .flatMap((item) => (Array.isArray(item) && levels > 0 ? flattened(item, levels - 1, skips) : [defined(item)]));
}

function shellQuoted(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", `'"'"'`)}'`;
}
