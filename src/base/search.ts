/** What is looked for, as plain data. */
export interface Search {
  readonly source: string;
  readonly flags: string;
  /** All matches, not the first alone. */
  readonly all: boolean;
}

/** What is asked of a match. */
export interface Match extends ArrayLike<string | undefined> {
  readonly index: number;
  readonly groups?: { readonly [name: string]: string | undefined } | undefined;
  /** Where each named group is, when the flags have a `d`. */
  readonly indices?:
    | { readonly groups?: { readonly [name: string]: readonly [number, number] | undefined } | undefined }
    | undefined;
}

/** Looks for patterns in texts. */
export interface Searcher {
  first(regexp: RegExp, text: string): Match | undefined;
  every(regexp: RegExp, text: string): Iterable<Match>;
}

/** The same as plain data: null for a group that did not take part. */
export interface Found {
  readonly index: number;
  readonly numbered: readonly (string | null)[];
  readonly named: { readonly [name: string]: string | null };
  readonly places: { readonly [name: string]: readonly [number, number] };
}

/** On one text: longer, and the engine may have given up in silence. */
export const LONGEST_MS = 500;

export function matchesIn({ source, flags, all }: Search, text: string): Iterable<Match> {
  if (all) return text.matchAll(new RegExp(source, `${flags.replace("g", "")}g`));
  const match = new RegExp(source, flags.replace("g", "")).exec(text);
  return match === null ? [] : [match];
}

/** The matches in each text; null when one took so long that it may not be true. */
export function searchTexts(search: Search, texts: readonly string[]): readonly (readonly Found[])[] | null {
  const found: (readonly Found[])[] = [];
  for (const text of texts) {
    const began = performance.now();
    found.push(Array.from(matchesIn(search, text), toFound));
    if (performance.now() - began > LONGEST_MS) return null;
  }
  return found;
}

function toFound(match: Match): Found {
  const named = Object.entries(match.groups ?? {}).map(([name, text]): [string, string | null] => [name, text ?? null]);
  const places = Object.entries(match.indices?.groups ?? {}).flatMap(([name, place]) =>
    place === undefined ? [] : [[name, place] as const],
  );
  return {
    index: match.index,
    numbered: Array.from(match, (text) => text ?? null),
    named: Object.fromEntries(named),
    places: Object.fromEntries(places),
  };
}

export function toMatch({ index, numbered, named, places }: Found): Match {
  const groups = Object.fromEntries(Object.entries(named).map(([name, text]) => [name, text ?? undefined]));
  const texts = numbered.map((text) => text ?? undefined);
  return Object.assign(texts, {
    index,
    groups: Object.keys(groups).length === 0 ? undefined : groups,
    indices: { groups: places },
  });
}
