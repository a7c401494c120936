import { printable } from "../base/printable.ts";
import { wrapped } from "./wrap.ts";

export type Cell = string | number | bigint | boolean | null;

const GAP = 2;
/** Narrower columns are not read any more; then each row is told as fields. */
const NARROWEST = 10;

/**
 * Columns for people: a heading and rows, as wide as their contents; cells are made printable. On a terminal of `columns` that is narrower the
 * widest cells are broken into lines, and where that leaves too little, each row stands as fields under each other.
 */
export function table(headings: readonly string[], rows: readonly (readonly Cell[])[], columns?: number): string {
  const lines = [headings, ...rows.map((row) => row.map(cellText))];
  const natural = headings.map((_, i) =>
    lines.reduce((width, line) => Math.max(width, Bun.stringWidth(line[i] ?? "")), 0),
  );
  const widths = columns === undefined ? natural : fitted(natural, columns);
  if (widths === undefined) return asFields(headings, rows, columns);
  const broken = widths.some((width, i) => width < (natural[i] ?? 0));
  const text = broken ? lines.flatMap((line) => brokenLine(line, widths)) : lines.map((line) => joined(line, widths));
  return `${text.join("\n")}\n`;
}

/** `name: value` lines, the values under each other. */
export function fields(named: readonly (readonly [name: string, value: Cell])[], columns?: number): string {
  const width = Math.max(...named.map(([name]) => name.length)) + 1;
  const indent = " ".repeat(width + GAP);
  const room = columns === undefined ? undefined : Math.max(NARROWEST, columns - indent.length);
  const text = named.map(([name, value]) => {
    const shown = cellText(value);
    const lines = room === undefined ? [shown] : wrapped(shown, room);
    return `${padded(`${name}:`, width)}  ${lines.join(`\n${indent}`)}\n`;
  });
  return text.join("");
}

/** The widest give way first; undefined: it does not fit. */
function fitted(natural: readonly number[], columns: number): readonly number[] | undefined {
  const widths = [...natural];
  let over = widths.reduce((sum, width) => sum + width, 0) + GAP * (widths.length - 1) - columns;
  while (over > 0) {
    const widest = widths.indexOf(Math.max(...widths));
    if ((widths[widest] ?? 0) <= NARROWEST) return undefined;
    widths[widest] = (widths[widest] ?? 0) - 1;
    over--;
  }
  return widths;
}

function asFields(
  headings: readonly string[],
  rows: readonly (readonly Cell[])[],
  columns: number | undefined,
): string {
  return rows
    .map((row) =>
      fields(
        row.map((cell, i) => [headings[i] ?? "", cell]),
        columns,
      ),
    )
    .join("\n");
}

function brokenLine(line: readonly string[], widths: readonly number[]): readonly string[] {
  const cells = line.map((cell, i) => wrapped(cell, widths[i] ?? NARROWEST));
  const height = Math.max(...cells.map((parts) => parts.length));
  return Array.from({ length: height }, (_, at) =>
    joined(
      cells.map((parts) => parts[at] ?? ""),
      widths,
    ),
  );
}

function joined(line: readonly string[], widths: readonly number[]): string {
  return line
    .map((cell, i) => padded(cell, widths[i] ?? 0))
    .join(" ".repeat(GAP))
    .trimEnd();
}

function cellText(cell: Cell): string {
  return cell === null || cell === "" ? "-" : printable(String(cell));
}

function padded(cell: string, width: number): string {
  return cell + " ".repeat(Math.max(0, width - Bun.stringWidth(cell)));
}
