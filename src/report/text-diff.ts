import { formatPatch, OMIT_HEADERS, structuredPatch } from "diff";
import { printable } from "../base/printable.ts";
import type { Palette } from "./style.ts";

/** Texts that differ by more are counted rather than compared: the search would hold up the run, for what nobody reads. */
const LIMITS = { maxEditLength: 2_000, timeout: 200 };

/** Unified diff of a text; null where there is none. */
export function unifiedDiff(name: string, before: string | null, after: string | null, paint: Palette): string {
  const patch = structuredPatch("", "", before ?? "", after ?? "", undefined, undefined, { context: 3, ...LIMITS });
  const shown = printable(name);
  const head = [
    paint.bold(before === null ? "--- /dev/null" : `--- ${shown}`),
    paint.bold(after === null ? "+++ /dev/null" : `+++ ${shown}`),
  ];
  if (patch === undefined) return [...head, `(${lineCount(before)} lines become ${lineCount(after)})`].join("\n");
  const lines = formatPatch(patch, OMIT_HEADERS).replace(/\n$/, "").split("\n");
  return [...head, ...lines.map((line) => painted(line, paint))].join("\n");
}

function painted(line: string, paint: Palette): string {
  const text = line.split("\t").map(printable).join("\t");
  if (line.startsWith("@@")) return paint.cyan(text);
  if (line.startsWith("+")) return paint.green(text);
  return line.startsWith("-") ? paint.red(text) : text;
}

function lineCount(text: string | null): number {
  return text === null || text === "" ? 0 : text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
}
