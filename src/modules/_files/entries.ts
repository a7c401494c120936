import { toBytes, toText } from "../../base/byte-text.ts";
import type { Digest } from "../../base/digest.ts";
import { after, type MaybePromise } from "../../base/maybe-promise.ts";
import type { Value, ValueObject } from "../../base/value.ts";
import type { Diff, Facts, Inputs } from "../../engine/resource.ts";
import type { ReadSystem, System } from "../../system/system.ts";
import { linesOf, withoutEnd } from "./lines.ts";

/** What is wanted of one entry of a text. */
export type EntryWant = {
  /** null: it is to be absent. */
  readonly stated: ValueObject | null;
  /** Properties that may not be seen, by the digest of what is wanted; `stated` has the same digest. */
  readonly sealed?: { readonly [property: string]: Digest };
};

/** Where an entry stands: the lines from `from` to before `to`. */
export interface Standing<S> {
  readonly from: number;
  readonly to: number;
  readonly facts: S;
}

/** One kind of entry in a text that is read line by line: a job of a crontab, a line of limits.conf. Lines come and go without their ends. */
export interface EntryForm<W, S extends Facts> {
  /** Every place it stands at, the one that counts first. `is`: whether a text is what is wanted of a property, be it secret or not. */
  find(
    lines: readonly string[],
    want: W,
    is: (property: string, text: string, wanted: Value | undefined) => boolean,
  ): readonly Standing<S>[];
  /** Its lines with these facts; `standing`: those it has. */
  write(facts: S, want: W, standing: readonly string[]): readonly string[];
  /** Index of the line before which a new one goes; the end when absent. */
  place?(lines: readonly string[], want: W): number;
}

/** Where such a text is kept. */
export interface TextStore<W> {
  /** null: there is none. What cannot be read is an error, so that it is never overwritten. */
  read(want: W, target: ReadSystem): MaybePromise<string | null>;
  write(want: W, before: string | null, after: string, target: System): Promise<void>;
}

/** How types read and change their entry; every other line of the text stays as it is, to the byte. */
export function entryHooks<W extends EntryWant & Value, S extends Facts>(
  form: EntryForm<W, S>,
  store: TextStore<NoInfer<W>>,
) {
  const findIn = (text: string, want: W, target: ReadSystem): readonly Standing<S>[] =>
    form.find(plainLines(text), want, (property, found, wanted) => wanted === seal(property, found, want, target));
  const rewrite = async (want: W, target: System, factsFor: (found: S | undefined) => MaybePromise<S | null>) => {
    const before = await store.read(want, target);
    const lines = linesOf(before ?? "");
    const found = findIn(before ?? "", want, target);
    const facts = await factsFor(found[0]?.facts);
    const text = facts === null ? without(lines, found) : withEntry(lines, found[0], facts, want, form);
    if (text !== (before ?? "")) await store.write(want, before, text, target);
  };
  return {
    read: (want: W, target: ReadSystem): MaybePromise<S | null> =>
      after(store.read(want, target), (text) => {
        const facts = findIn(text ?? "", want, target)[0]?.facts;
        return facts === undefined ? null : sealedFacts(facts, want, target);
      }),
    desired: (want: W): Partial<S> | null => want.stated as Partial<S> | null,
    apply: (want: W, diff: Diff<S>, target: System, inputs: Inputs): Promise<void> =>
      rewrite(want, target, (found) =>
        diff.desired === null ? null : opened({ ...found, ...diff.desired } as S, want, inputs),
      ),
    undo: { remove: (want: W, _actual: S, target: System): Promise<void> => rewrite(want, target, () => null) },
  };
}

/**
 * Lines without their ends: the same array for the same text, as long as it is one of the last. So a hundred entries of one file are looked
 * for in one array, and what `ofLines` made of it is made once.
 */
function plainLines(text: string): readonly string[] {
  const known = lately.get(text);
  if (known !== undefined) return known;
  if (lately.size >= MOST_TEXTS) lately.clear();
  const lines = linesOf(text).map(withoutEnd);
  lately.set(text, lines);
  return lines;
}

const lately = new Map<string, readonly string[]>();
const MOST_TEXTS = 8;

/** What is made of the lines of a text, once for each text. */
export function ofLines<T>(make: (lines: readonly string[]) => T): (lines: readonly string[]) => T {
  const made = new WeakMap<readonly string[], T>();
  return (lines) => {
    const known = made.get(lines);
    if (known !== undefined) return known;
    const fresh = make(lines);
    made.set(lines, fresh);
    return fresh;
  };
}

/** Where each entry of a text stands, by a name: `keyOf` reads a line, and undefined is none. */
export function standingsBy<S>(
  read: (line: string) => { readonly key: string; readonly facts: S } | undefined,
): (lines: readonly string[]) => ReadonlyMap<string, readonly Standing<S>[]> {
  return ofLines((lines) => {
    const byKey = new Map<string, Standing<S>[]>();
    lines.forEach((line, from) => {
      const found = read(line);
      if (found === undefined) return;
      const all = byKey.get(found.key) ?? [];
      all.push({ from, to: from + 1, facts: found.facts });
      byKey.set(found.key, all);
    });
    return byKey;
  });
}

function without(lines: readonly string[], found: readonly Standing<unknown>[]): string {
  return lines.filter((_, index) => !found.some(({ from, to }) => from <= index && index < to)).join("");
}

function withEntry<W, S extends Facts>(
  lines: readonly string[],
  standing: Standing<S> | undefined,
  facts: S,
  want: W,
  form: EntryForm<W, S>,
): string {
  const plain = lines.map(withoutEnd);
  const at = standing?.from ?? form.place?.(plain, want) ?? lines.length;
  const to = standing?.to ?? at;
  const made = form.write(facts, want, plain.slice(at, to)).map((line) => `${line}\n`);
  const above = lines.slice(0, at).join("");
  const gap = above === "" || above.endsWith("\n") ? "" : "\n";
  return above + gap + made.join("") + lines.slice(to).join("");
}

function seal(property: string, text: string, want: EntryWant, target: ReadSystem): string {
  const like = want.sealed?.[property];
  return like === undefined ? text : target.digestOf(toBytes(text), like);
}

function sealedFacts<S extends Facts>(facts: S, want: EntryWant, target: ReadSystem): S {
  if (want.sealed === undefined) return facts;
  const shown: { [property: string]: Value | undefined } = { ...facts };
  for (const property in want.sealed) {
    const text = facts[property];
    if (typeof text === "string") shown[property] = seal(property, text, want, target);
  }
  return shown as S;
}

async function opened<S extends Facts>(facts: S, want: EntryWant, inputs: Inputs): Promise<S> {
  const open: { [property: string]: Value | undefined } = { ...facts };
  for (const [property, digest] of Object.entries(want.sealed ?? {}))
    if (facts[property] === digest) open[property] = toText(await inputs.read(digest));
  return open as S;
}
