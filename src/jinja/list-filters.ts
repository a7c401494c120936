import { TemplateFailure } from "./failure.ts";
import type { Filter, Given } from "./given.ts";
import { Members } from "./members.ts";
import { methodOf } from "./methods.ts";
import { operate } from "./operators.ts";
import { Undefined, defined, equal, isDict, items, order, toStr, truth, typeName } from "./values.ts";

/** Jinja's own filters of lists and dicts. */
export const LIST_FILTERS: Readonly<Record<string, Filter>> = {
  attr: (value, given) => methodOf(value, given.text(0, "name")) ?? new Undefined(`'${given.text(0, "name")}'`),
  batch: (value, given) => batches(items(value), given.number(0, "linecount"), given.value(1, "fill_with", null)),
  count: (value) => BigInt(items(value).length),
  dictsort: sortedPairs,
  first: (value) => items(value)[0] ?? new Undefined("the first item of an empty list"),
  groupby: grouped,
  items: (value) => {
    if (!isDict(value)) throw new TemplateFailure(`needs a dict, not a ${typeName(value)}`);
    return [...value].map(([key, item]) => [key, item]);
  },
  join: joined,
  last: (value) => items(value).at(-1) ?? new Undefined("the last item of an empty list"),
  length: (value) => BigInt(items(value).length),
  list: (value) => [...items(value)],
  map: mapped,
  max: (value, given) => extreme(value, given, 1),
  min: (value, given) => extreme(value, given, -1),
  reject: (value, given) => itemsOrNone(value).filter((item) => !chosen(item, given, 0)),
  rejectattr: (value, given) => items(value).filter((item) => !chosenBy(item, given)),
  reverse: (value) => (typeof value === "string" ? Array.from(value).reverse().join("") : items(value).toReversed()),
  select: (value, given) => itemsOrNone(value).filter((item) => chosen(item, given, 0)),
  selectattr: (value, given) => items(value).filter((item) => chosenBy(item, given)),
  slice: (value, given) => slices(items(value), given.number(0, "slices"), given.value(1, "fill_with", null)),
  sort: (value, given) => {
    const reverse = given.flag(0, "reverse");
    const sorted = sortedBy(items(value), keyOf(given, 1, 2));
    return reverse ? sortedBy(items(value).toReversed(), keyOf(given, 1, 2)).toReversed() : sorted;
  },
  sum: (value, given) => {
    const attribute = given.value(0, "attribute", null);
    const numbers = items(value).map((item) => (attribute === null ? item : memberOf(item, toStr(attribute))));
    return numbers.reduce((sum, each) => operate("+", sum, each), given.value(1, "start", 0n));
  },
  unique: (value, given) => unique(items(value), keyOf(given, 0, 1)),
};

type Key = (item: unknown) => unknown;

/** `a.b.0` of an item. */
function memberOf(value: unknown, name: string): unknown {
  let found = value;
  for (const part of name.split(".")) {
    if (isDict(found)) found = found.get(part) ?? (found.has(part) ? found.get(part) : new Undefined(`'${part}'`));
    else if (Array.isArray(found) && /^\d+$/.test(part)) found = found[Number(part)] ?? new Undefined(`item ${part}`);
    else if (Array.isArray(found) && (part === "grouper" || part === "list")) found = partOfGroup(found, part);
    else return new Undefined(`'${part}'`);
  }
  return found;
}

/** What `groupby` makes is a pair whose parts have names. */
function partOfGroup(group: readonly unknown[], name: "grouper" | "list"): unknown {
  const isGroup = Object.hasOwn(group, name);
  return isGroup ? group[name === "grouper" ? 0 : 1] : new Undefined(`'${name}'`);
}

function itemsOrNone(value: unknown): readonly unknown[] {
  return value === null ? [] : items(value);
}

/** What to sort by: an attribute, texts without their case unless `case_sensitive`. */
function keyOf(given: Given, caseAt: number, attributeAt: number): Key {
  const sensitive = given.flag(caseAt, "case_sensitive");
  const attribute = given.value(attributeAt, "attribute", null);
  const keyed = (item: unknown, name: string | null): unknown => {
    const found = defined(name === null ? item : memberOf(item, name));
    return typeof found === "string" && !sensitive ? found.toLowerCase() : found;
  };
  if (attribute === null) return (item) => keyed(item, null);
  const names = toStr(attribute).split(",");
  // Several are compared one after the other.
  return (item) => (names.length === 1 ? keyed(item, names[0] ?? "") : names.map((name) => keyed(item, name)));
}

function sortedBy(list: readonly unknown[], key: Key): unknown[] {
  return list.toSorted((a, b) => order(key(a), key(b)));
}

function sortedPairs(value: unknown, given: Given): unknown {
  if (!isDict(value)) throw new TemplateFailure(`needs a dict, not a ${typeName(value)}`);
  const sensitive = given.flag(0, "case_sensitive");
  const by = given.text(1, "by", "key") === "value" ? 1 : 0;
  const reverse = given.flag(2, "reverse");
  const key = (pair: unknown): unknown => {
    const part = Array.isArray(pair) ? pair[by] : pair;
    return typeof part === "string" && !sensitive ? part.toLowerCase() : part;
  };
  const sorted = sortedBy(
    [...value].map(([name, item]) => [name, item]),
    key,
  );
  return reverse ? sorted.toReversed() : sorted;
}

function unique(list: readonly unknown[], key: Key): unknown[] {
  const seen = new Members();
  return list.filter((item) => seen.add(key(item)));
}

function extreme(value: unknown, given: Given, way: 1 | -1): unknown {
  const key = keyOf(given, 0, 1);
  const list = items(value);
  if (list.length === 0) return new Undefined("the extreme of an empty list");
  return list.reduce((best, item) => (order(key(item), key(best)) * way > 0 ? item : best));
}

function grouped(value: unknown, given: Given): unknown {
  const attribute = given.text(0, "attribute");
  const fallback = given.value(1, "default", null);
  const key = (item: unknown): unknown => {
    const found = memberOf(item, attribute);
    return found instanceof Undefined && fallback !== null ? fallback : defined(found);
  };
  const groups: { readonly grouper: unknown; readonly list: unknown[] }[] = [];
  for (const item of sortedBy(items(value), key)) {
    const grouper = key(item);
    const last = groups.at(-1);
    if (last !== undefined && equal(last.grouper, grouper)) last.list.push(item);
    else groups.push({ grouper, list: [item] });
  }
  return groups.map(({ grouper, list }) => Object.assign([grouper, list], { grouper, list }));
}

function joined(value: unknown, given: Given): string {
  const attribute = given.value(1, "attribute", null);
  const parts = items(value).map((item) =>
    toStr(defined(attribute === null ? item : memberOf(item, toStr(attribute)))),
  );
  return parts.join(toStr(given.value(0, "d", "")));
}

function mapped(value: unknown, given: Given): unknown {
  if (given.has(0, "\0")) {
    const name = given.text(0, "filter");
    return itemsOrNone(value).map((item) => given.engine.filter(name, item, given.after(1)));
  }
  const attribute = toStr(given.value(0, "attribute"));
  const fallback = given.has(1, "default") ? given.value(1, "default") : undefined;
  return items(value).map((item) => {
    const found = memberOf(item, attribute);
    return found instanceof Undefined && fallback !== undefined ? fallback : defined(found);
  });
}

function chosen(item: unknown, given: Given, index: number): boolean {
  if (!given.has(index, "\0")) return truth(item);
  return given.engine.test(given.text(index, "test"), item, given.after(index + 1));
}

function chosenBy(item: unknown, given: Given): boolean {
  return chosen(memberOf(item, given.text(0, "attribute")), given, 1);
}

function batches(list: readonly unknown[], size: number, fill: unknown): unknown[] {
  const rows: unknown[][] = [];
  for (let at = 0; at < list.length; at += size) rows.push(list.slice(at, at + size));
  const last = rows.at(-1);
  while (fill !== null && last !== undefined && last.length < size) last.push(fill);
  return rows;
}

function slices(list: readonly unknown[], count: number, fill: unknown): unknown[] {
  const size = Math.floor(list.length / count);
  const longer = list.length % count;
  let at = 0;
  return Array.from({ length: count }, (_, index) => {
    const length = size + (index < longer ? 1 : 0);
    const column = list.slice(at, (at += length));
    return fill !== null && longer > 0 && index >= longer ? [...column, fill] : column;
  });
}
