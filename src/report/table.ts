import { printable } from "../base/printable.ts";

export type Cell = string | number | bigint | boolean | null;

/** Columns for people: a heading and rows, as wide as their contents; cells are made printable. */
export function table(headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const lines = [headings, ...rows.map((row) => row.map(cellText))];
  const widths = headings.map((_, i) =>
    lines.reduce((width, line) => Math.max(width, Bun.stringWidth(line[i] ?? "")), 0),
  );
  const text = lines.map((line) =>
    line
      .map((cell, i) => padded(cell, widths[i] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return `${text.join("\n")}\n`;
}

/** `name: value` lines, the values under each other. */
export function fields(named: readonly (readonly [name: string, value: Cell])[]): string {
  const width = Math.max(...named.map(([name]) => name.length)) + 1;
  return named.map(([name, value]) => `${padded(`${name}:`, width)}  ${cellText(value)}\n`).join("");
}

function cellText(cell: Cell): string {
  return cell === null || cell === "" ? "-" : printable(String(cell));
}

function padded(cell: string, width: number): string {
  return cell + " ".repeat(Math.max(0, width - Bun.stringWidth(cell)));
}
