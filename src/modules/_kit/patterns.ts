import { ownProgram } from "../../base/own-program.ts";
import { writtenAs } from "../../base/regexp.ts";
import { riskOf } from "../../base/regexp-risk.ts";
import {
  LONGEST_MS,
  matchesIn,
  toMatch,
  type Found,
  type Match,
  type Search,
  type Searcher,
} from "../../base/search.ts";
import { SlothError } from "../../base/errors.ts";
import type { ReadSystem } from "../../system/system.ts";

/** How long a pattern may look at all it is asked about. */
const LIMIT_MS = 10_000;

type Answers = ReadonlyMap<string, readonly Found[]>;

/** Looks for patterns, at once where none can make it long; else with what was found elsewhere, or it throws that it has to be. */
export class Patterns implements Searcher {
  private readonly known = new Map<string, Answers>();
  /** Of work that guesses: what it did not find yet. */
  readonly missed: Elsewhere[] = [];
  private readonly guesses: boolean;

  /** Work that `guesses` goes on as if nothing were found, so that all it asks for is known at its end. */
  constructor(guesses = false) {
    this.guesses = guesses;
  }

  /** A test of texts, all of which are among `texts`. */
  tester(regexp: RegExp, texts: Iterable<string>): (text: string) => boolean {
    const isRisky = riskOf(regexp);
    const risky = isRisky === undefined ? [] : [...filtered(texts, isRisky)];
    if (risky.length === 0) return (text) => regexp.test(text);
    const found = this.answers(regexp, searchOf(regexp, false), risky);
    return (text) => {
      const answer = found.get(text);
      return answer === undefined ? regexp.test(text) : answer.length > 0;
    };
  }

  first(regexp: RegExp, text: string): Match | undefined {
    const [match] = this.matches(searchOf(regexp, false), regexp, text);
    return match;
  }

  every(regexp: RegExp, text: string): Iterable<Match> {
    return this.matches(searchOf(regexp, true), regexp, text);
  }

  learn({ search }: Elsewhere, found: Answers): void {
    const key = keyOf(search);
    this.known.set(key, new Map([...(this.known.get(key) ?? []), ...found]));
  }

  private matches(search: Search, regexp: RegExp, text: string): Iterable<Match> {
    if (riskOf(regexp)?.(text) !== true) return matchesIn(search, text);
    return (this.answers(regexp, search, [text]).get(text) ?? []).map(toMatch);
  }

  private answers(regexp: RegExp, search: Search, texts: readonly string[]): Answers {
    const known = this.known.get(keyOf(search)) ?? new Map<string, readonly Found[]>();
    const unknown = [...new Set(texts)].filter((text) => !known.has(text));
    if (unknown.length === 0) return known;
    const elsewhere = new Elsewhere(search, unknown, writtenAs(regexp));
    if (!this.guesses) throw elsewhere;
    this.missed.push(elsewhere);
    return known;
  }
}

function* filtered(texts: Iterable<string>, is: (text: string) => boolean): Generator<string> {
  for (const text of texts) if (is(text)) yield text;
}

function searchOf({ source, flags }: RegExp, all: boolean): Search {
  return { source, flags, all };
}

function keyOf({ source, flags, all }: Search): string {
  return `${all} ${flags} ${source}`;
}

/** A search has to be made in a process that can be ended. */
class Elsewhere extends Error {
  readonly search: Search;
  readonly texts: readonly string[];
  /** As the user wrote it. */
  readonly pattern: string;
  constructor(search: Search, texts: readonly string[], pattern: string) {
    super("a search is to be made elsewhere");
    this.search = search;
    this.texts = texts;
    this.pattern = pattern;
  }
}

/**
 * Does work that looks for patterns in texts of others. What no pattern can make long is done at once; else the search is made by a process
 * of our own, which a limit, the task's timeout or an interruption ends, and the work is done again with what it found. `about` is
 * for messages.
 */
export function searching<T>(target: ReadSystem, about: string, work: (patterns: Patterns) => T): T | Promise<T> {
  const patterns = new Patterns();
  try {
    return work(patterns);
  } catch (thrown) {
    if (!(thrown instanceof Elsewhere)) throw thrown;
    return again(thrown, () => work(patterns), { target, about, patterns });
  }
}

/** The same for work that looks in so many texts that it is not done anew for each: what it makes, or throws, of guesses is thrown away. */
export async function searchingAll<T>(target: ReadSystem, about: string, work: (patterns: Searcher) => T): Promise<T> {
  const patterns = new Patterns(true);
  for (;;) {
    const made = attempt(() => work(patterns));
    if (patterns.missed.length === 0) return made();
    for (const elsewhere of joined(patterns.missed.splice(0)))
      patterns.learn(elsewhere, await searchElsewhere(elsewhere, { target, about, patterns }));
  }
}

/** What work made or threw, for later. */
function attempt<T>(work: () => T): () => T {
  try {
    const made = work();
    return () => made;
  } catch (thrown) {
    return () => {
      throw thrown;
    };
  }
}

/** One for each search, with the texts of all. */
function joined(missed: readonly Elsewhere[]): readonly Elsewhere[] {
  const bySearch = Map.groupBy(missed, ({ search }) => keyOf(search));
  return [...bySearch.values()].flatMap(([first, ...others]) => {
    if (first === undefined) return [];
    const texts = new Set([first, ...others].flatMap((one) => one.texts));
    return [new Elsewhere(first.search, [...texts], first.pattern)];
  });
}

interface Around {
  readonly target: ReadSystem;
  readonly about: string;
  readonly patterns: Patterns;
}

async function again<T>(elsewhere: Elsewhere, work: () => T, around: Around): Promise<T> {
  around.patterns.learn(elsewhere, await searchElsewhere(elsewhere, around));
  try {
    return work();
  } catch (thrown) {
    if (!(thrown instanceof Elsewhere)) throw thrown;
    return again(thrown, work, around);
  }
}

async function searchElsewhere({ search, texts, pattern }: Elsewhere, { about, target }: Around): Promise<Answers> {
  const [program, ...args] = ownProgram();
  const options = { stdin: JSON.stringify({ search, texts }), timeoutMs: LIMIT_MS, maxOutput: 256 << 20 };
  const { exitCode, stdout, stderr } = await target
    .query([program, ...args, "agent", "search"], options)
    .catch((error: unknown) => {
      target.signal.throwIfAborted();
      throw error instanceof SlothError && error.code === "E_TIMEOUT" ? tooLong(pattern, about, LIMIT_MS) : error;
    });
  if (exitCode !== 0) throw new Error(`agent search: ${Buffer.from(stderr).toString("utf8")}`);
  const answer = JSON.parse(Buffer.from(stdout).toString("utf8")) as readonly (readonly Found[])[] | null; // our own program's
  if (answer === null) throw tooLong(pattern, about, LONGEST_MS);
  return new Map(texts.map((text, index) => [text, answer[index] ?? []]));
}

function tooLong(pattern: string, about: string, ms: number): SlothError {
  return new SlothError(
    "E_REGEXP_SLOW",
    `the regular expression '${pattern}' takes longer than ${ms / 1000} s on ${about}`,
    {
      hint: "repetitions in it can take the same text in many ways; write it so that each ends at one place",
    },
  );
}
