import { toBytes } from "../../base/byte-text.ts";
import type { Digest } from "../../base/digest.ts";
import type { ReadSystem } from "../../system/system.ts";
import { compileRegexp } from "../../base/regexp.ts";
import type { Match } from "../../base/search.ts";
import type { Lines } from "../_files/lines.ts";
import type { Patterns } from "../_kit/patterns.ts";

/** What is to be kept about a line: plain data, with the line itself or, when it is secret, its keyed digest. */
export type LineRule = {
  readonly line?: string;
  readonly secretLine?: Digest;
  /** How many lines `line` is; they are looked for one after the other. */
  readonly height: number;
  readonly regexp?: string;
  readonly search_string?: string;
  readonly insertafter?: string;
  readonly insertbefore?: string;
  readonly backrefs?: true;
  readonly firstmatch?: true;
  /** The regexp or search_string finds the line that is written. Where it does not, the line counts wherever it stands. */
  readonly findsItself?: true;
};

export type Found = (line: string) => boolean;

/** Where the line goes: in place of line `at`, or before it; null: nothing is to be done. */
export interface Place {
  readonly at: number;
  readonly replace: boolean;
  readonly match?: Match | undefined;
}

/** The search of a rule, for lines with their `\n`, which are among `lines`; undefined when it has none. */
export function finder(
  rule: Pick<LineRule, "regexp" | "search_string">,
  lines: Iterable<string>,
  patterns: Patterns,
): Found | undefined {
  const { regexp, search_string: text } = rule;
  if (regexp !== undefined) return patterns.tester(compileRegexp(regexp), lines);
  return text === undefined ? undefined : (line) => line.includes(text);
}

/** Whether the wanted line begins at an index; line ends do not count. A secret one is compared by digest. */
export function exactly(rule: LineRule, target: ReadSystem): (lines: Lines, index: number) => boolean {
  const { line, secretLine, height } = rule;
  const at = (lines: Lines, index: number): string =>
    Array.from({ length: Math.min(height, lines.length - index) }, (_, below) => bare(lines.at(index + below))).join(
      "\n",
    );
  if (secretLine !== undefined)
    return (lines, index) => target.digestOf(toBytes(at(lines, index)), secretLine) === secretLine;
  const [first = ""] = (line ?? "").split("\n");
  return (lines, index) => lines.beginsWith(index, first) && at(lines, index) === line;
}

/** Without its `\n` and any `\r`. */
function bare(line: string): string {
  return line.replace(/[\r\n]+$/, "");
}

/**
 * Where a line belongs, by the rules of Ansible's lineinfile: the last line (or first, `firstmatch`) that the regexp or search_string
 * finds; else the line itself, wherever it stands; else after or before what `insertafter` or `insertbefore` finds; else the end.
 */
export function placeOf(lines: Lines, rule: LineRule, target: ReadSystem, patterns: Patterns): Place | null {
  const isLine = exactly(rule, target);
  const found = finder(rule, lines, patterns);
  if (found !== undefined) {
    const stands = rule.backrefs || rule.findsItself ? -1 : lastIndex(lines, (index) => isLine(lines, index));
    if (stands !== -1) return { at: stands, replace: true };
    const isFound = (index: number): boolean => found(lines.at(index));
    const at = rule.firstmatch ? firstIndex(lines, isFound) : lastIndex(lines, isFound);
    if (at !== -1) return { at, replace: true, match: matchAt(lines.at(at), rule, patterns) };
  }
  if (rule.backrefs) return null;
  return insertion(lines, rule, isLine, patterns);
}

function matchAt(line: string, { regexp, backrefs }: LineRule, patterns: Patterns): Match | undefined {
  return backrefs && regexp !== undefined ? patterns.first(compileRegexp(regexp), line) : undefined;
}

/** The line is replaced where it stands already (its line end may differ), else inserted. */
function insertion(
  lines: Lines,
  rule: LineRule,
  isLine: (lines: Lines, index: number) => boolean,
  patterns: Patterns,
): Place {
  const { insertafter: after, insertbefore: before } = rule;
  const anchor =
    after !== undefined && after !== "EOF" && after !== "BOF" ? after : before === "BOF" ? undefined : before;
  const finds = finder({ ...(anchor !== undefined && { regexp: anchor }) }, lines, patterns);
  let standing = -1;
  let beside = -1;
  for (let index = 0; index < lines.length; index++) {
    if (isLine(lines, index)) standing = index;
    else if (finds?.(lines.at(index)) === true) {
      beside = after === undefined ? index : index + 1;
      if (rule.firstmatch) break;
    }
  }
  if (standing !== -1) return { at: standing, replace: true };
  if (before === "BOF" || after === "BOF") return { at: 0, replace: false };
  if (beside === -1) return { at: lines.length, replace: false };
  // With firstmatch the search ended before the line that is there already.
  if (after !== undefined && isLine(lines, beside)) return { at: beside, replace: true };
  return { at: beside, replace: false };
}

export function firstIndex(lines: Lines, is: (index: number) => boolean): number {
  for (let index = 0; index < lines.length; index++) if (is(index)) return index;
  return -1;
}

function lastIndex(lines: Lines, is: (index: number) => boolean): number {
  for (let index = lines.length - 1; index >= 0; index--) if (is(index)) return index;
  return -1;
}

/** How many lines the place takes up: a line of several is replaced as a whole where it stands as a whole. */
export function heightAt(lines: Lines, rule: LineRule, place: Place, target: ReadSystem): number {
  if (!place.replace) return 0;
  return rule.height > 1 && exactly(rule, target)(lines, place.at) ? rule.height : 1;
}

/** The text with `line` put in its place. What stands at the end without `\n` gets one before a line is added. */
export function withLine(lines: Lines, { at }: Place, height: number, line: string): string {
  const before = lines.slice(0, at);
  const joint = before === "" || height > 0 || /[\r\n]$/.test(before) ? "" : "\n";
  return `${before}${joint}${line.endsWith("\n") ? line : `${line}\n`}${lines.slice(at + height)}`;
}
