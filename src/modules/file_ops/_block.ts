import { compileRegexp } from "../../base/regexp.ts";
import { Lines } from "../_files/lines.ts";
import type { Patterns } from "../_kit/patterns.ts";

/** Where a block goes and what marks it. */
export interface BlockRule {
  /** The marker lines, without their ends. */
  readonly begin: string;
  readonly end: string;
  readonly insertafter?: string | undefined;
  readonly insertbefore?: string | undefined;
  readonly append_newline?: true | undefined;
  readonly prepend_newline?: true | undefined;
}

interface Span {
  readonly from: number;
  /** Index of the end marker; smaller than `from` when the markers are in the wrong order. */
  readonly to: number;
}

/** What stands between the markers, ending with a newline unless it is empty; null: there is no such block. */
export function blockIn(text: string, rule: BlockRule): string | null {
  const lines = linesOf(text);
  const span = spanOf(lines, rule);
  return span === null ? null : lines.slice(Math.min(span.from, span.to) + 1, Math.max(span.from, span.to));
}

/** The text without any such block. */
export function withoutBlock(text: string, rule: BlockRule, patterns: Patterns): string {
  let left = text;
  while (blockIn(left, rule) !== null) left = edited(left, null, rule, patterns);
  return left;
}

/** The text with `block` between its markers, where it stands or where the rule says. As Ansible's blockinfile. */
export function withBlock(text: string, block: string, rule: BlockRule, patterns: Patterns): string {
  return edited(text, block, rule, patterns);
}

function edited(text: string, block: string | null, rule: BlockRule, patterns: Patterns): string {
  const lines = linesOf(text);
  const span = spanOf(lines, rule);
  const at = span === null ? insertionAt(lines, rule, patterns) : Math.min(span.from, span.to);
  const next = span === null ? at : Math.max(span.from, span.to) + 1;
  const [before, after] = [lines.slice(0, at), lines.slice(next)];
  const ended = before === "" || before.endsWith("\n") ? before : `${before}\n`;
  if (block === null) return ended + after;
  const isBlank = at > 0 && lines.is(at - 1, "\n");
  const above = rule.prepend_newline && before !== "" && !isBlank ? "\n" : "";
  const below = rule.append_newline && after !== "" && !lines.is(next, "\n") ? "\n" : "";
  return `${ended}${above}${rule.begin}\n${block}${rule.end}\n${below}${after}`;
}

function linesOf(text: string): Lines {
  return new Lines(text, { anyEnd: true });
}

/**
 * The last begin marker that an end marker follows. A marker that lost its other one is left where it is, so that what stands
 * between is never taken for the block.
 */
function spanOf(lines: Lines, { begin, end }: BlockRule): Span | null {
  let opened = -1;
  let ended = -1;
  let found: Span | null = null;
  for (let index = 0; index < lines.length; index++) {
    if (lines.is(index, `${begin}\n`)) opened = index;
    if (!lines.is(index, `${end}\n`)) continue;
    if (opened > ended) found = { from: opened, to: index };
    ended = index;
  }
  if (found !== null || opened === -1 || ended === -1) return found;
  return { from: opened, to: ended };
}

function insertionAt(lines: Lines, { insertafter, insertbefore }: BlockRule, patterns: Patterns): number {
  const after = insertafter !== undefined && insertafter !== "EOF";
  const anchor = after ? insertafter : insertafter === undefined && insertbefore !== "BOF" ? insertbefore : undefined;
  if (anchor === undefined) return insertafter === undefined && insertbefore === "BOF" ? 0 : lines.length;
  const isOfText = /^\(\?[is]*m/.test(anchor);
  const found = isOfText ? lineOfMatch(lines.text, anchor, after, patterns) : lastMatch(lines, anchor, patterns);
  return found === -1 ? lines.length : after ? found + 1 : found;
}

function lastMatch(lines: Lines, anchor: string, patterns: Patterns): number {
  const found = patterns.tester(compileRegexp(anchor), lines);
  for (let index = lines.length - 1; index >= 0; index--) if (found(lines.at(index))) return index;
  return -1;
}

/** With `(?m)` the whole text is searched, and the line counts where the first match ends or begins. */
function lineOfMatch(text: string, anchor: string, after: boolean, patterns: Patterns): number {
  const match = patterns.first(compileRegexp(anchor), text);
  if (match === undefined) return -1;
  const upTo = text.slice(0, match.index + (after ? (match[0] ?? "").length : 0));
  return upTo.split("\n").length - 1;
}
