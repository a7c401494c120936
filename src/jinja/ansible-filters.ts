import { nameIn, parentOf } from "../base/path.ts";
import { compileRegexp, expandReplacement } from "../base/regexp.ts";
import { TemplateFailure } from "./failure.ts";
import type { Filter, Given } from "./given.ts";
import { fromJson, toJson } from "./json.ts";
import { Undefined, contains, defined, equal, isDict, items, toStr, truth, typeName } from "./values.ts";
import { toYaml } from "./yaml.ts";

/** The filters of Ansible that look at values alone. */
export const ANSIBLE_FILTERS: Readonly<Record<string, Filter>> = {
  b64decode: (value) =>
    new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.from(toStr(value), "base64")),
  b64encode: (value) => Buffer.from(toStr(value), "utf8").toString("base64"),
  basename: (value) => nameIn(toStr(value)),
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
  difference: (value, given) => distinct(items(value).filter((item) => !contains(given.value(0, "b"), item))),
  dirname: (value) => (toStr(value).includes("/") ? parentOf(toStr(value)) : ""),
  flatten: (value, given) => flattened(items(value), given.number(0, "levels", Infinity)),
  from_json: (value) => fromJson(toStr(value)),
  hash: (value, given) => hashed(given.text(0, "hashtype", "sha1"), value),
  intersect: (value, given) => distinct(items(value).filter((item) => contains(given.value(0, "b"), item))),
  items2dict: (value, given) => {
    const [key, item] = [given.text(0, "key_name", "key"), given.text(1, "value_name", "value")];
    return new Map(items(value).map((pair) => (isDict(pair) ? [toStr(pair.get(key)), pair.get(item)] : ["", null])));
  },
  mandatory: (value, given) => {
    if (!(value instanceof Undefined)) return value;
    throw new TemplateFailure(given.has(0, "msg") ? given.text(0, "msg") : `${value.what} is undefined`);
  },
  md5: (value) => hashed("md5", value),
  path_join: (value) =>
    items(value)
      .map(toStr)
      .reduce((path, part) => (part.startsWith("/") ? part : `${path.replace(/\/?$/, "/")}${part}`)),
  quote: (value) => shellQuoted(toStr(value)),
  regex_escape: (value) => toStr(value).replace(/[\\^$.|?*+()[\]{}#&~\s-]/g, "\\$&"),
  regex_findall: (value, given) => {
    const found = [...toStr(value).matchAll(compiled(given, 1, 2, "g"))];
    return found.map((match) =>
      match.length <= 2 ? (match[1] ?? match[0]) : match.slice(1).map((group) => group ?? ""),
    );
  },
  regex_replace: (value, given) => {
    const replacement = toStr(given.value(1, "replacement", ""));
    const most = given.number(4, "count", 0);
    return replacedAll(toStr(value), compiled(given, 2, 3, "g"), replacement, most);
  },
  regex_search: (value, given) => {
    const match = compiled(given, -1, -1, "").exec(toStr(value));
    const groups = given.rest(1).map((group) => expandReplacement(toStr(group), match ?? noMatch()));
    return match === null ? null : groups.length > 0 ? groups : match[0];
  },
  sha1: (value) => hashed("sha1", value),
  split: (value, given) =>
    given.has(0, "sep") ? toStr(value).split(given.text(0, "sep")) : toStr(value).trim().split(/\s+/),
  splitext: (value) =>
    /^([^]*?[^/])(\.[^./]*)?$/
      .exec(toStr(value))
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
    return value === null && given.has(2, "none_val") ? given.value(2, "none_val") : truth(value) ? yes : no;
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
  to_nice_yaml: (value, given) =>
    toYaml(value, { indent: given.number(0, "indent", 4), sorted: given.flag(1, "sort_keys", true), flow: false }),
  to_yaml: (value, given) =>
    toYaml(value, { indent: given.number(0, "indent", 2), sorted: given.flag(1, "sort_keys", true), flow: true }),
  type_debug: (value) => typeName(value),
  union: (value, given) => distinct([...items(value), ...items(given.value(0, "b"))]),
  zip: (value, given) => {
    const lists = [items(value), ...given.rest(0).map(items)];
    const length = Math.min(...lists.map((list) => list.length));
    return Array.from({ length }, (_, index) => lists.map((list) => list[index]));
  },
};

function hashed(type: string, value: unknown): string {
  if (!isHash(type)) throw new TemplateFailure(`there is no hash '${type}'`);
  return new Bun.CryptoHasher(type).update(toStr(value)).digest("hex");
}

function isHash(type: string): type is "md5" | "sha1" | "sha224" | "sha256" | "sha384" | "sha512" {
  return /^(md5|sha1|sha224|sha256|sha384|sha512)$/.test(type);
}

function boolOf(value: unknown): boolean | null {
  if (value === null || typeof value === "boolean") return value;
  const text = toStr(value).toLowerCase();
  if (/^(yes|on|1|true|1\.0)$/.test(text)) return true;
  if (/^(no|off|0|false|0\.0)$/.test(text)) return false;
  throw new TemplateFailure(`'${text}' is neither true nor false`);
}

function combined(value: unknown, given: Given): unknown {
  const recursive = given.flag(Infinity, "recursive");
  const others = given.rest(0).flatMap((other) => (Array.isArray(other) ? other : [other]));
  return others.reduce((into, other) => merged(into, other, recursive), value);
}

function merged(into: unknown, other: unknown, recursive: boolean): unknown {
  if (!isDict(into) || !isDict(other)) throw new TemplateFailure("needs dicts");
  const made = new Map(into);
  for (const [key, item] of other) {
    const before = made.get(key);
    made.set(key, recursive && isDict(before) && isDict(item) ? merged(before, item, true) : item);
  }
  return made;
}

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
  const text = (decoration + toStr(value).replaceAll("\n", `\n${decoration}`)).replaceAll(
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

function compiled(given: Given, ignoreAt: number, multilineAt: number, flags: string): RegExp {
  const ignoring = given.flag(ignoreAt === -1 ? Infinity : ignoreAt, "ignorecase");
  const multiline = given.flag(multilineAt === -1 ? Infinity : multilineAt, "multiline");
  const regexp = compileRegexp(given.text(0, "pattern"), { multiline });
  return new RegExp(regexp.source, regexp.flags.replace("i", "") + (ignoring || regexp.ignoreCase ? "i" : "") + flags);
}

function noMatch(): never {
  throw new TemplateFailure("the regular expression finds nothing");
}

function replacedAll(text: string, regexp: RegExp, replacement: string, most: number): string {
  let made = "";
  let from = 0;
  let count = 0;
  for (const match of text.matchAll(regexp)) {
    if (most > 0 && ++count > most) break;
    made += text.slice(from, match.index) + expandReplacement(replacement, match);
    from = match.index + match[0].length;
  }
  return made + text.slice(from);
}
