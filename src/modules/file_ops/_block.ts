import { compileRegexp } from "../../base/regexp.ts";

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
  return span === null ? null : lines.slice(Math.min(span.from, span.to) + 1, Math.max(span.from, span.to)).join("");
}

/** The text without any such block. */
export function withoutBlock(text: string, rule: BlockRule): string {
  let left = text;
  while (blockIn(left, rule) !== null) left = edited(left, null, rule);
  return left;
}

/** The text with `block` between its markers, where it stands or where the rule says. As Ansible's blockinfile. */
export function withBlock(text: string, block: string, rule: BlockRule): string {
  return edited(text, block, rule);
}

function edited(text: string, block: string | null, rule: BlockRule): string {
  const lines = linesOf(text);
  const span = spanOf(lines, rule);
  const at = span === null ? insertionAt(text, lines, rule) : Math.min(span.from, span.to);
  if (span !== null) lines.splice(at, Math.abs(span.to - span.from) + 1);
  const before = lines.slice(0, at);
  const after = lines.slice(at);
  const last = before.pop();
  if (last !== undefined) before.push(last.endsWith("\n") ? last : `${last}\n`);
  if (block === null) return [...before, ...after].join("");
  const above = rule.prepend_newline && before.length > 0 && before.at(-1) !== "\n" ? "\n" : "";
  const below = rule.append_newline && after.length > 0 && after[0] !== "\n" ? "\n" : "";
  return [...before, above, `${rule.begin}\n`, block, `${rule.end}\n`, below, ...after].join("");
}

function linesOf(text: string): string[] {
  return text.match(/[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+$/g) ?? [];
}

/**
 * The last begin marker that an end marker follows. A marker that lost its other one is left where it is, so that what stands
 * between is never taken for the block.
 */
function spanOf(lines: readonly string[], { begin, end }: BlockRule): Span | null {
  let opened = -1;
  let ended = -1;
  let found: Span | null = null;
  for (const [index, line] of lines.entries()) {
    if (line === `${begin}\n`) opened = index;
    if (line !== `${end}\n`) continue;
    if (opened > ended) found = { from: opened, to: index };
    ended = index;
  }
  if (found !== null || opened === -1 || ended === -1) return found;
  return { from: opened, to: ended };
}

function insertionAt(text: string, lines: readonly string[], { insertafter, insertbefore }: BlockRule): number {
  const after = insertafter !== undefined && insertafter !== "EOF";
  const anchor = after ? insertafter : insertafter === undefined && insertbefore !== "BOF" ? insertbefore : undefined;
  if (anchor === undefined) return insertafter === undefined && insertbefore === "BOF" ? 0 : lines.length;
  const found = /^\(\?[is]*m/.test(anchor) ? lineOfMatch(text, anchor, after) : lastMatch(lines, anchor);
  return found === -1 ? lines.length : after ? found + 1 : found;
}

function lastMatch(lines: readonly string[], anchor: string): number {
  const compiled = compileRegexp(anchor);
  return lines.findLastIndex((line) => compiled.test(line));
}

/** With `(?m)` the whole text is searched, and the line counts where the first match ends or begins. */
function lineOfMatch(text: string, anchor: string, after: boolean): number {
  const match = compileRegexp(anchor).exec(text);
  if (match === null) return -1;
  const upTo = text.slice(0, match.index + (after ? match[0].length : 0));
  return upTo.split("\n").length - 1;
}
