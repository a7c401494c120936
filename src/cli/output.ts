import { printable } from "../base/printable.ts";
import type { Sink } from "../report/sink.ts";

/** One JSON document, the whole output of a command under `--output json`. */
export function printDocument(stdout: Sink, document: unknown): void {
  stdout.write(`${JSON.stringify(document, plain, 2)}\n`);
}

/** 64-bit integers beyond 2^53 as strings, bytes as base64, so that no reader rounds or refuses them. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  return value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value;
}

export type Cell = string | number | bigint | boolean | null;

/** Columns for people: a heading and rows, as wide as their contents; cells are made printable. */
export function printTable(stdout: Sink, headings: readonly string[], rows: readonly (readonly Cell[])[]): void {
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
  stdout.write(`${text.join("\n")}\n`);
}

/** `name: value` lines, the values under each other. */
export function printFields(stdout: Sink, fields: readonly (readonly [name: string, value: Cell])[]): void {
  const width = Math.max(...fields.map(([name]) => name.length)) + 1;
  stdout.write(fields.map(([name, value]) => `${padded(`${name}:`, width)}  ${cellText(value)}\n`).join(""));
}

function cellText(cell: Cell): string {
  return cell === null || cell === "" ? "-" : printable(String(cell));
}

function padded(cell: string, width: number): string {
  return cell + " ".repeat(Math.max(0, width - Bun.stringWidth(cell)));
}
