import { isObject, type Value } from "../../base/value.ts";
import { fields, type Cell } from "../table.ts";

/** One machine as it tells of itself: `facts.all`, or why it is not known. */
export interface FactsLine {
  readonly host: string;
  readonly facts?: Value | undefined;
  readonly error?: string | undefined;
}

/** What machines are, one after the other. */
export function factsText(machines: readonly FactsLine[], columns: number | undefined): string {
  return machines.map((machine) => machineText(machine, columns)).join("\n");
}

function machineText({ host, facts, error }: FactsLine, columns: number | undefined): string {
  const rows = isObject(facts) ? rowsOf(facts, "") : [["error", error ?? ""] as const];
  return `${host}\n${fields(rows, columns && columns - 2)
    .replace(/^/gm, "  ")
    .trimEnd()}\n`;
}

type Row = readonly [name: string, value: Cell];

function rowsOf(table: { readonly [name: string]: Value }, before: string): readonly Row[] {
  return Object.entries(table).flatMap(([name, value]): readonly Row[] => {
    if (name === "addresses" && Array.isArray(value)) return addressRows(value);
    if (name === "memory" && isObject(value)) return memoryRows(value);
    return isObject(value) ? rowsOf(value, `${before}${name}.`) : [[before + name, cellOf(value)]];
  });
}

/** As one writes them; those of the loopback are no news. */
function addressRows(list: readonly Value[]): readonly Row[] {
  return list
    .filter(isObject)
    .flatMap((one): readonly Row[] =>
      one["loopback"] === true
        ? []
        : [[`addresses.${String(cellOf(one["interface"] ?? null))}`, cellOf(one["cidr"] ?? null)]],
    );
}

function memoryRows(memory: { readonly [name: string]: Value }): readonly Row[] {
  return Object.entries(memory).map(([name, bytes]) => [`memory.${name}`, mebibytes(bytes)]);
}

function mebibytes(bytes: Value): string {
  return `${Math.round(Number(bytes) / 2 ** 20)} MiB`;
}

function cellOf(value: Value): Cell {
  return typeof value === "object" ? JSON.stringify(value) : value;
}
