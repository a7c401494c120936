import { formatPatch, OMIT_HEADERS, structuredPatch } from "diff";
import { printable } from "../base/printable.ts";
import type { Palette } from "./style.ts";

/** Texts that differ by more are counted rather than compared: the search would hold up the run, for what nobody reads. */
const LIMITS = { maxEditLength: 2_000, timeout: 200 };

/** Unified diff of a text; null where there is none. On a terminal of `columns`, longer lines are broken, and go on after the mark. */
export function unifiedDiff(
  name: string,
  before: string | null,
  after: string | null,
  paint: Palette,
  columns?: number,
): string {
  const patch = structuredPatch("", "", before ?? "", after ?? "", undefined, undefined, { context: 3, ...LIMITS });
  const shown = printable(name);
  const head = [
    paint.bold(before === null ? "--- /dev/null" : `--- ${shown}`),
    paint.bold(after === null ? "+++ /dev/null" : `+++ ${shown}`),
  ];
  if (patch === undefined) return [...head, `(${lineCount(before)} lines become ${lineCount(after)})`].join("\n");
  const lines = formatPatch(patch, OMIT_HEADERS).replace(/\n$/, "").split("\n");
  return [...head, ...lines.map((line) => painted(line, paint, columns))].join("\n");
}

function painted(line: string, paint: Palette, columns: number | undefined): string {
  const text = inLines(line.split("\t").map(printable).join("\t"), columns);
  if (line.startsWith("@@")) return paint.cyan(text);
  if (line.startsWith("+")) return paint.green(text);
  return line.startsWith("-") ? paint.red(text) : text;
}

/** What is broken off stands under its line, indented by as much as `+` and `-` take, so that it is no line of the file's. */
function inLines(text: string, columns: number | undefined): string {
  if (columns === undefined || Bun.stringWidth(text) <= columns) return text;
  const lines: string[] = [];
  for (let rest = text; rest !== "";) {
    const room = Math.max(1, columns - (lines.length === 0 ? 0 : MORE.length));
    const piece = Bun.sliceAnsi(rest, 0, room) || rest;
    lines.push(piece);
    rest = rest.slice(piece.length);
  }
  return lines.join(`\n${MORE}`);
}

const MORE = "  … ";

function lineCount(text: string | null): number {
  return text === null || text === "" ? 0 : text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
}
