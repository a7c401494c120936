import { compileRegexp, expandReplacement } from "../base/regexp.ts";
import type { Match } from "../base/search.ts";
import { TemplateFailure } from "./failure.ts";
import type { Filter, Given } from "./given.ts";
import { fromJson, toJson } from "./json.ts";
import { split } from "./methods.ts";
import {
  Undefined,
  contains,
  defined,
  equal,
  isDict,
  isNumber,
  items,
  textOf,
  toStr,
  truth,
  typeName,
} from "./values.ts";
import { toYaml } from "./yaml.ts";

/** The filters of Ansible that look at values alone. */
export const ANSIBLE_FILTERS: Readonly<Record<string, Filter>> = {
  b64decode: (value) => base64Text(toStr(value)),
  b64encode: (value) => Buffer.from(toStr(value), "utf8").toString("base64"),
  basename: (value) => textOf(value).replace(/^[^]*\//, ""),
  bool: (value) => boolOf(value),
  checksum: (value) => hashed("sha1", value),
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
    const other = given.value(0, "b");
    return distinct(items(value).filter((item) => !contains(other, item)));
  },
  dirname: (value) => {
    const directory = textOf(value).replace(/[^/]*$/, "");
    return /^\/*$/.test(directory) ? directory : directory.replace(/\/+$/, "");
  },
  flatten: (value, given) => flattened(items(value), given.number(0, "levels", Infinity)),
  from_json: (value) => fromJson(textOf(value)),
  hash: (value, given) => hashed(given.text(0, "hashtype", "sha1"), value),
  intersect: (value, given) => {
    const other = given.value(0, "b");
    return distinct(items(value).filter((item) => contains(other, item)));
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
  md5: (value) => hashed("md5", value),
  path_join: (value) => (typeof value === "string" ? value : pathOf(listOf(value).map(textOf))),
  quote: (value) => (value === null ? "''" : shellQuoted(toStr(value))),
  regex_escape: (value) => toStr(value).replace(/[\\^$.|?*+()[\]{}#&~\s-]/g, "\\$&"),
  regex_findall: (value, given) => {
    const found = [...given.engine.patterns.every(compiled(given, 1, 2), toStr(value))];
    return found.map((match) => {
      const [whole, ...groups] = Array.from(match);
      return groups.length <= 1 ? (groups[0] ?? whole) : groups.map((group) => group ?? "");
    });
  },
  regex_replace: (value, given) => {
    const replacement = toStr(given.value(1, "replacement", ""));
    const most = given.number(4, "count", 0);
    const text = toStr(value);
    const matches = given.engine.patterns.every(compiled(given, 2, 3), text);
    return replacedAll(text, matches, replacement, most);
  },
  regex_search: (value, given) => {
    const match = given.engine.patterns.first(compiled(given, Infinity, Infinity), toStr(value));
    const groups = given.rest(1);
    if (match === undefined) return null;
    return groups.length > 0 ? groups.map((group) => expandReplacement(toStr(group), match)) : match[0];
  },
  sha1: (value) => hashed("sha1", value),
  split: (value, given) => split(textOf(value), given.value(0, "sep", null), given.number(1, "maxsplit", -1)),
  splitext: (value) =>
    /^([^]*?(?:^|\/)\.*[^./][^/]*?)(\.[^./]*)?$/
      .exec(textOf(value))
      ?.slice(1)
      .map((part) => part ?? "") ?? ["", ""],
  symmetric_difference: (value, given) => {
    const [left, right] = [items(value), items(given.value(0, "b"))];
    return distinct([
      ...left.filter((item) => !contains(right, item)),
      ...right.filter((item) => !contains(left, item)),
    ]);
  },
  ternary: (value, given) => {
    const [yes, no] = [given.value(0, "true_val"), given.value(1, "false_val")];
    const none = given.value(2, "none_val", null);
    return value === null && none !== null ? none : truth(value) ? yes : no;
  },
  to_json: (value, given) =>
    toJson(value, {
      indent: given.value(0, "indent", null),
      sorted: given.flag(1, "sort_keys"),
      ascii: given.flag(2, "ensure_ascii", true),
    }),
  to_nice_json: (value, given) =>
    toJson(value, {
      indent: given.value(0, "indent", 4n),
      sorted: given.flag(1, "sort_keys", true),
      ascii: given.flag(2, "ensure_ascii", true),
    }),
  to_nice_yaml: (value, given) => yaml(value, given, 0, { indent: 4, flow: false }),
  to_yaml: (value, given) => yaml(value, given, Infinity, { indent: 2, flow: true }),
  type_debug: (value) => typeName(value),
  union: (value, given) => distinct([...items(value), ...items(given.value(0, "b"))]),
  zip: (value, given) => {
    const lists = [items(value), ...given.rest(0).map(items)];
    const length = Math.min(...lists.map((list) => list.length));
    return Array.from({ length }, (_, index) => lists.map((list) => list[index]));
  },
};

/** Where Ansible takes `indent` in place; everything else by its name. */
function yaml(value: unknown, given: Given, indentAt: number, usual: { indent: number; flow: boolean }): string {
  const flow = given.value(Infinity, "default_flow_style", usual.flow ? "auto" : false);
  return toYaml(value, {
    indent: given.number(indentAt, "indent", usual.indent),
    width: given.number(Infinity, "width", 80),
    sorted: given.flag(Infinity, "sort_keys", true),
    flow: flow === "auto" ? true : truth(flow),
  });
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(defined(value))) return items(value);
  throw new TemplateFailure(`needs a list, not a ${typeName(value)}`);
}

function base64Text(text: string): string {
  if (text.replace(/[^A-Za-z0-9+/=]/g, "").length % 4 !== 0) throw new TemplateFailure("the base64 is cut short");
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.from(text, "base64"));
  } catch {
    throw new TemplateFailure("the text is not UTF-8 in base64");
  }
}

function pathOf(parts: readonly string[]): string {
  const [first, ...others] = parts;
  if (first === undefined) throw new TemplateFailure("needs at least one part");
  const join = (path: string, part: string): string =>
    part.startsWith("/") ? part : path === "" || path.endsWith("/") ? path + part : `${path}/${part}`;
  return others.reduce(join, first);
}

function hashed(type: string, value: unknown): string {
  if (!isHash(type)) throw new TemplateFailure(`there is no hash '${type}'`);
  return new Bun.CryptoHasher(type).update(toStr(value)).digest("hex");
}

function isHash(type: string): type is "md5" | "sha1" | "sha224" | "sha256" | "sha384" | "sha512" {
  return /^(md5|sha1|sha224|sha256|sha384|sha512)$/.test(type);
}

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
  return list.filter((item, index) => list.findIndex((other) => equal(other, item)) === index);
}

function flattened(list: readonly unknown[], levels: number): unknown[] {
  return list
    .filter((item) => item !== null && item !== "None" && item !== "null")
    .flatMap((item) => (Array.isArray(item) && levels > 0 ? flattened(item, levels - 1) : [defined(item)]));
}

function shellQuoted(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", `'"'"'`)}'`;
}

function compiled(given: Given, ignoreAt: number, multilineAt: number): RegExp {
  const ignoreCase = given.flag(ignoreAt, "ignorecase");
  const multiline = given.flag(multilineAt, "multiline");
  return compileRegexp(given.text(0, "pattern"), { ignoreCase, multiline });
}

function replacedAll(text: string, matches: Iterable<Match>, replacement: string, most: number): string {
  let made = "";
  let from = 0;
  let count = 0;
  for (const match of matches) {
    if (most > 0 && ++count > most) break;
    made += text.slice(from, match.index) + expandReplacement(replacement, match);
    from = match.index + (match[0] ?? "").length;
  }
  return made + text.slice(from);
}
