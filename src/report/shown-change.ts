import { sameValue, type Value } from "../base/value.ts";
import { isCut, shownItem, shownValue, wholeText } from "./shown.ts";

/** How a property went from one value to another, on one line, so that what differs is seen however long both are. */
export function shownChange(from: Value, to: Value): string {
  const items = itemsThatDiffer(from, to);
  if (items !== undefined) return [...listed("+", items.came), ...listed("-", items.gone)].join(", ");
  const [before, after] = shownPair(from, to);
  return `${before} -> ${after}`;
}

/** The same of what is there and should be otherwise. */
export function shownDrift(expected: Value, actual: Value): string {
  const items = itemsThatDiffer(expected, actual);
  if (items !== undefined) return [...listed("lacks", items.gone), ...listed("has besides", items.came)].join(", ");
  const [wanted, found] = shownPair(expected, actual);
  return `expected ${wanted}, is ${found}`;
}

/** Of two lists that are too long to be shown whole; undefined: they are not, or have the same items in another order. */
function itemsThatDiffer(from: Value, to: Value): { came: readonly Value[]; gone: readonly Value[] } | undefined {
  if (!Array.isArray(from) || !Array.isArray(to) || !(isCut(from) || isCut(to))) return undefined;
  const [came, gone] = [without(to, from), without(from, to)];
  return came.length + gone.length === 0 ? undefined : { came, gone };
}

/** Each item takes away one of its like. */
function without(list: readonly Value[], others: readonly Value[]): readonly Value[] {
  const left = [...others];
  return list.filter((item) => {
    const at = left.findIndex((other) => sameValue(item, other));
    if (at !== -1) left.splice(at, 1);
    return at === -1;
  });
}

const MOST = 8;

function listed(word: string, items: readonly Value[]): readonly string[] {
  const shown = items.slice(0, MOST).map((item) => `${word} ${shownItem(item)}`);
  return items.length > MOST ? [...shown, `${word} ${items.length - MOST} more`] : shown;
}

/** From where they part, when that is beyond what would be shown. */
function shownPair(from: Value, to: Value): readonly [string, string] {
  const [before, after] = [shownValue(from), shownValue(to)];
  if (before !== after || sameValue(from, to)) return [before, after];
  const [one, other] = [wholeText(from), wholeText(to)];
  let at = 0;
  while (at < one.length && one[at] === other[at]) at += 1;
  const start = Math.max(0, at - BEFORE);
  return [`…${shownValue(one.slice(start))}`, `…${shownValue(other.slice(start))}`];
}

const BEFORE = 20;
