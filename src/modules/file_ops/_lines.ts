import { toBytes } from "../../base/byte-text.ts";
import type { Digest } from "../../base/digest.ts";
import type { ReadSystem } from "../../system/system.ts";
import { compileRegexp } from "../../base/regexp.ts";

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
  readonly match?: RegExpExecArray | undefined;
}

/** The search of a rule, for lines with their `\n`; undefined when it has none. */
export function finder(rule: Pick<LineRule, "regexp" | "search_string">): Found | undefined {
  const { regexp, search_string: text } = rule;
  if (regexp !== undefined) {
    const compiled = compileRegexp(regexp);
    return (line) => compiled.test(line);
  }
  return text === undefined ? undefined : (line) => line.includes(text);
}

/** Whether the wanted line begins at an index; line ends do not count. A secret one is compared by digest. */
export function exactly(rule: LineRule, target: ReadSystem): (lines: readonly string[], index: number) => boolean {
  const { line, secretLine, height } = rule;
  const at = (lines: readonly string[], index: number): string =>
    height === 1
      ? bare(lines[index] ?? "")
      : lines
          .slice(index, index + height)
          .map(bare)
          .join("\n");
  if (secretLine === undefined) return (lines, index) => at(lines, index) === line;
  return (lines, index) => target.digestOf(toBytes(at(lines, index)), secretLine) === secretLine;
}

/** Without its `\n` and any `\r`. */
function bare(line: string): string {
  return line.replace(/[\r\n]+$/, "");
}

/**
 * Where a line belongs, by the rules of Ansible's lineinfile: the last line (or first, `firstmatch`) that the regexp or search_string
 * finds; else the line itself, wherever it stands; else after or before what `insertafter` or `insertbefore` finds; else the end.
 */
export function placeOf(lines: readonly string[], rule: LineRule, target: ReadSystem): Place | null {
  const isLine = exactly(rule, target);
  const found = finder(rule);
  if (found !== undefined) {
    const stands = rule.backrefs || rule.findsItself ? -1 : lastIndex(lines, (_, index) => isLine(lines, index));
    if (stands !== -1) return { at: stands, replace: true };
    const at = rule.firstmatch ? lines.findIndex((line) => found(line)) : lastIndex(lines, found);
    if (at !== -1) return { at, replace: true, match: matchAt(lines[at], rule) };
  }
  if (rule.backrefs) return null;
  return insertion(lines, rule, isLine);
}

function matchAt(line: string | undefined, { regexp, backrefs }: LineRule): RegExpExecArray | undefined {
  if (!backrefs || regexp === undefined || line === undefined) return undefined;
  return compileRegexp(regexp).exec(line) ?? undefined;
}

/** The line is replaced where it stands already (its line end may differ), else inserted. */
function insertion(
  lines: readonly string[],
  rule: LineRule,
  isLine: (lines: readonly string[], index: number) => boolean,
): Place {
  const { insertafter: after, insertbefore: before } = rule;
  const anchor =
    after !== undefined && after !== "EOF" && after !== "BOF" ? after : before === "BOF" ? undefined : before;
  const finds = anchor === undefined ? undefined : compileRegexp(anchor);
  let standing = -1;
  let beside = -1;
  for (let index = 0; index < lines.length; index++) {
    if (isLine(lines, index)) standing = index;
    else if (finds?.test(lines[index] ?? "")) {
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

function lastIndex(lines: readonly string[], is: (line: string, index: number) => boolean): number {
  for (let index = lines.length - 1; index >= 0; index--) if (is(lines[index] ?? "", index)) return index;
  return -1;
}

/** How many lines the place takes up: a line of several is replaced as a whole where it stands as a whole. */
export function heightAt(lines: readonly string[], rule: LineRule, place: Place, target: ReadSystem): number {
  if (!place.replace) return 0;
  return rule.height > 1 && exactly(rule, target)(lines, place.at) ? rule.height : 1;
}

/** The lines with `text` put in its place. What stands at the end without `\n` gets one before a line is added. */
export function withLine(lines: readonly string[], place: Place, height: number, text: string): readonly string[] {
  const { at } = place;
  const before = lines.slice(0, at);
  const last = before.pop();
  if (last !== undefined) before.push(height > 0 || /[\r\n]$/.test(last) ? last : `${last}\n`);
  return [...before, text.endsWith("\n") ? text : `${text}\n`, ...lines.slice(at + height)];
}
