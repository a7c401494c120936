import { TemplateFailure } from "./failure.ts";
import { formatBraces } from "./format.ts";
import { defined, equal, isDict, items, toStr, type Callable } from "./values.ts";

/** Methods of Python's str, dict and list that templates use; undefined: there is none of that name. */
export function methodOf(value: unknown, name: string): Callable | undefined {
  const methods = methodsOf(value);
  return Object.hasOwn(methods, name) ? methods[name] : undefined;
}

function methodsOf(value: unknown): Methods {
  if (typeof value === "string") return ofText(value);
  if (isDict(value)) return ofDict(value);
  return Array.isArray(value) ? ofList(value) : {};
}

type Methods = Readonly<Record<string, Callable | undefined>>;

function text(value: unknown, method: string): string {
  if (typeof value === "string") return value;
  throw new TemplateFailure(`${method}() needs a text`);
}

function count(value: unknown, fallback: number): number {
  return value === undefined || value === null ? fallback : Number(defined(value));
}

function ofText(value: string): Methods {
  return {
    upper: () => value.toUpperCase(),
    lower: () => value.toLowerCase(),
    capitalize: () => value.slice(0, 1).toUpperCase() + value.slice(1).toLowerCase(),
    title: () => titled(value),
    swapcase: () =>
      Array.from(value)
        .map((c) => (c === c.toUpperCase() ? c.toLowerCase() : c.toUpperCase()))
        .join(""),
    strip: ([letters]) => stripped(value, letters, true, true),
    lstrip: ([letters]) => stripped(value, letters, true, false),
    rstrip: ([letters]) => stripped(value, letters, false, true),
    split: ([separator, most], named) =>
      split(value, separator ?? named.get("sep"), count(most ?? named.get("maxsplit"), -1)),
    rsplit: ([separator, most]) => rsplit(value, text(separator, "rsplit"), count(most, -1)),
    splitlines: () =>
      value
        .replace(/\n$/, "")
        .split("\n")
        .slice(0, value === "" ? 0 : undefined),
    join: ([list]) =>
      items(list)
        .map((item) => text(defined(item), "join"))
        .join(value),
    replace: ([from, to, most]) => replaced(value, text(from, "replace"), text(to, "replace"), count(most, -1)),
    startswith: ([start]) =>
      (Array.isArray(start) ? start : [start]).some((each) => value.startsWith(text(each, "startswith"))),
    endswith: ([end]) => (Array.isArray(end) ? end : [end]).some((each) => value.endsWith(text(each, "endswith"))),
    find: ([part]) => BigInt(value.indexOf(text(part, "find"))),
    count: ([part]) => BigInt(value.split(text(part, "count")).length - 1),
    format: (args, named) => formatBraces(value, args, named),
    zfill: ([width]) => {
      const sign = /^[-+]/.exec(value)?.[0] ?? "";
      return sign + value.slice(sign.length).padStart(count(width, 0) - sign.length, "0");
    },
    center: ([width, fill]) => {
      const free = Math.max(0, count(width, 0) - value.length);
      const left = Math.floor(free / 2) + (free & count(width, 0) & 1);
      return toStr(fill ?? " ").repeat(left) + value + toStr(fill ?? " ").repeat(free - left);
    },
    isspace: () => /^\s+$/.test(value),
    casefold: () => value.toLowerCase(),
    index: ([part]) => {
      const found = value.indexOf(text(part, "index"));
      if (found === -1) throw new TemplateFailure("the text does not have that part");
      return BigInt(found);
    },
    ljust: ([width, fill]) => value.padEnd(count(width, 0), toStr(fill ?? " ")),
    rjust: ([width, fill]) => value.padStart(count(width, 0), toStr(fill ?? " ")),
    isdigit: () => /^\d+$/.test(value),
    isalpha: () => /^\p{L}+$/u.test(value),
    isalnum: () => /^[\p{L}\p{N}]+$/u.test(value),
    isupper: () => /\p{L}/u.test(value) && value === value.toUpperCase(),
    islower: () => /\p{L}/u.test(value) && value === value.toLowerCase(),
    partition: ([separator]) =>
      parted(value, text(separator, "partition"), value.indexOf(text(separator, "partition"))),
    rpartition: ([separator]) =>
      parted(value, text(separator, "rpartition"), value.lastIndexOf(text(separator, "rpartition"))),
    removeprefix: ([start]) =>
      value.startsWith(text(start, "removeprefix")) ? value.slice(text(start, "").length) : value,
    removesuffix: ([end]) =>
      end !== "" && value.endsWith(text(end, "removesuffix")) ? value.slice(0, -text(end, "").length) : value,
  };
}

function ofDict(value: Map<string, unknown>): Methods {
  return {
    items: () => [...value].map(([key, item]) => [key, item]),
    keys: () => [...value.keys()],
    values: () => [...value.values()],
    get: ([key, fallback]) => value.get(text(key, "get")) ?? fallback ?? null,
    update: ([other]) => {
      if (isDict(other)) for (const [key, item] of other) value.set(key, item);
      return null;
    },
    copy: () => new Map(value),
  };
}

function ofList(value: unknown[]): Methods {
  return {
    append: ([item]) => {
      value.push(defined(item));
      return null;
    },
    extend: ([more]) => {
      value.push(...items(more));
      return null;
    },
    insert: ([index, item]) => {
      value.splice(count(index, 0), 0, defined(item));
      return null;
    },
    pop: ([index]) => value.splice(count(index, -1), 1)[0] ?? null,
    index: ([item]) => {
      const found = value.findIndex((each) => equal(each, item));
      if (found === -1) throw new TemplateFailure("the list does not have that item");
      return BigInt(found);
    },
    count: ([item]) => BigInt(value.filter((each) => equal(each, item)).length),
    copy: () => [...value],
  };
}

function titled(value: string): string {
  return value.replace(/\p{L}+/gu, (word) => word.slice(0, 1).toUpperCase() + word.slice(1).toLowerCase());
}

export function stripped(value: string, letters: unknown, start: boolean, end: boolean): string {
  const set = typeof letters === "string" ? letters : " \t\n\r\f\v";
  let from = 0;
  let to = value.length;
  while (start && from < to && set.includes(value.charAt(from))) from++;
  while (end && to > from && set.includes(value.charAt(to - 1))) to--;
  return value.slice(from, to);
}

export function split(value: string, separator: unknown, most: number): string[] {
  if (typeof separator === "string") {
    const parts = value.split(separator);
    return most < 0 || parts.length <= most + 1 ? parts : [...parts.slice(0, most), parts.slice(most).join(separator)];
  }
  const words = stripped(value, undefined, true, true);
  if (words === "") return [];
  if (most < 0) return words.split(/\s+/);
  const [first = "", rest] = most === 0 ? [words] : (/^(\S+)\s+([^]*)$/.exec(words)?.slice(1) ?? [words]);
  return rest === undefined ? [first] : [first, ...split(rest, undefined, most - 1)];
}

function rsplit(value: string, separator: string, most: number): string[] {
  const parts = value.split(separator);
  if (most < 0 || parts.length <= most + 1) return parts;
  const kept = parts.length - most;
  return [parts.slice(0, kept).join(separator), ...parts.slice(kept)];
}

export function replaced(value: string, from: string, to: string, most: number): string {
  if (most < 0) return value.split(from).join(to);
  const parts = value.split(from);
  const first = parts.slice(0, most + 1).join(to);
  return parts.length <= most + 1 ? first : [first, ...parts.slice(most + 1)].join(from);
}

function parted(value: string, separator: string, at: number): string[] {
  return at === -1 ? [value, "", ""] : [value.slice(0, at), separator, value.slice(at + separator.length)];
}
