import { TemplateFailure } from "./failure.ts";
import type { Filter, Given } from "./given.ts";
import { Undefined, isDict, isNumber, items, textOf, toStr, typeName } from "./values.ts";

/** Filters of Ansible that put lists together, or take them apart. */
export const COMBINING_FILTERS: Readonly<Record<string, Filter>> = {
  combinations: (value, given) => {
    const size = given.number(0, "set_size");
    return picked(items(value), size, (taken, at) => taken.every((earlier) => earlier < at));
  },
  extract: (value, given) => {
    const more = given.value(1, "morekeys", null);
    const keys = more === null ? [] : Array.isArray(more) ? more : [more];
    return [value, ...keys].reduce(memberAt, given.value(0, "container"));
  },
  permutations: (value, given) => {
    const list = items(value);
    return picked(list, given.number(0, "set_size", list.length), (taken, at) => !taken.includes(at));
  },
  product: (value, given) => {
    const lists = [value, ...given.rest(0)].map(items);
    const times = given.number(Infinity, "repeat", 1);
    return Array.from({ length: times }, () => lists)
      .flat()
      .reduce<readonly (readonly unknown[])[]>(crossed, [[]]);
  },
  rekey_on_member: rekeyed,
  subelements,
  zip_longest: (value, given) => {
    const fill = given.value(Infinity, "fillvalue", null);
    const lists = [items(value), ...given.rest(0).map(items)];
    const length = Math.max(...lists.map((list) => list.length));
    return rows(length, (index) => lists.map((list) => (index < list.length ? list[index] : fill)));
  },
};

/** What a template may make of a few items. */
const MOST = 1_000_000;

function rows<T>(length: number, row: (index: number) => T): T[] {
  if (length > MOST) throw new TemplateFailure(`makes more than ${MOST} items`);
  return Array.from({ length }, (_, index) => row(index));
}

function crossed(made: readonly (readonly unknown[])[], list: readonly unknown[]): readonly (readonly unknown[])[] {
  return rows(made.length * list.length, (index) => [
    ...(made[Math.floor(index / list.length)] ?? []),
    list[index % list.length],
  ]);
}

/** All choices of so many items that may be taken after those that were. */
function picked(
  list: readonly unknown[],
  size: number,
  may: (taken: readonly number[], at: number) => boolean,
): readonly (readonly unknown[])[] {
  const made: unknown[][] = [];
  const choose = (taken: readonly number[]): void => {
    if (taken.length === size) made.push(taken.map((at) => list[at]));
    else for (const at of list.keys()) if (may(taken, at)) choose([...taken, at]);
    if (made.length > MOST) throw new TemplateFailure(`makes more than ${MOST} items`);
  };
  if (size >= 0 && size <= list.length) choose([]);
  return made;
}

function memberAt(container: unknown, key: unknown): unknown {
  const missing = new Undefined(`${toStr(key)} of what is extracted from`);
  if (isDict(container)) return container.get(toStr(key)) ?? (container.has(toStr(key)) ? null : missing);
  if (Array.isArray(container) && isNumber(key)) return container.at(Number(key)) ?? missing;
  return missing;
}

function rekeyed(value: unknown, given: Given): Map<string, unknown> {
  const key = given.text(0, "key");
  const duplicates = given.text(1, "duplicates", "error");
  if (!/^(error|overwrite)$/.test(duplicates)) throw new TemplateFailure("'duplicates' must be error or overwrite");
  const made = new Map<string, unknown>();
  for (const item of isDict(value) ? value.values() : listOf(value)) {
    if (!isDict(item) || !item.has(key)) throw new TemplateFailure(`needs dicts with '${key}'`);
    const name = toStr(item.get(key));
    if (duplicates === "error" && made.has(name)) throw new TemplateFailure(`'${name}' is the '${key}' of several`);
    made.set(name, item);
  }
  return made;
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new TemplateFailure(`needs a list or a dict, not a ${typeName(value)}`);
}

/** Each of a list with each of a list in it. */
function subelements(value: unknown, given: Given): unknown {
  const asked = given.value(0, "subelements");
  const skips = given.flag(1, "skip_missing");
  const path = Array.isArray(asked) ? asked.map(textOf) : textOf(asked).split(".");
  return [...(isDict(value) ? value.values() : listOf(value))].flatMap((item: unknown) =>
    listBelow(item, path, skips).map((part) => [item, part]),
  );
}

function listBelow(item: unknown, path: readonly string[], skips: boolean): readonly unknown[] {
  let found = item;
  for (const name of path) {
    if (!isDict(found)) throw new TemplateFailure(`'${name}' is looked for in a ${typeName(found)}, not in a dict`);
    if (!found.has(name) && skips) return [];
    if (!found.has(name)) throw new TemplateFailure(`an item has no '${name}'`);
    found = found.get(name);
  }
  if (Array.isArray(found)) return found;
  throw new TemplateFailure(`'${path.join(".")}' is a ${typeName(found)}, not a list`);
}
