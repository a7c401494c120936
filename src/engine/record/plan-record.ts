import type { Address } from "../../base/address.ts";
import type { ResourceRow, StackRecord } from "./record.ts";
import { decodeValue, encodeValue, type Value } from "../../base/value.ts";

type Origin = ResourceRow["origin"];

/** A stack's record in memory over the real one, or over none: answers alike, writes nothing. */
export function planRecord(base: StackRecord | null, name: string): StackRecord {
  const rows = new Map<string, ResourceRow>();
  const outputs = new Map<string, Value>();
  const find = (origin: Origin, address: Address): ResourceRow | undefined =>
    rows.get(keyOf(origin, address)) ?? base?.find(origin, address);
  const all = (): readonly ResourceRow[] => {
    const known = (base?.rows() ?? []).map((row) => rows.get(keyOf(row.origin, row)) ?? row);
    const keys = new Set(known.map((row) => keyOf(row.origin, row)));
    return [...known, ...[...rows.values()].filter((row) => !keys.has(keyOf(row.origin, row)))];
  };
  let lastId: number | undefined;
  const nextId = (): number => (lastId = (lastId ?? Math.max(0, ...ids(base))) + 1);
  return {
    id: base?.id ?? "",
    name,
    status: base?.status ?? "new",
    find,
    rows: all,
    save(row) {
      const known = find(row.origin, row);
      const saved = { ...row, id: known?.id ?? nextId(), createdAt: known?.createdAt ?? row.createdAt };
      rows.set(keyOf(row.origin, row), saved);
      return saved;
    },
    sealedTexts: (host) => base?.sealedTexts(host) ?? new Set(),
    output: (key) => outputs.get(key) ?? base?.output(key),
    outputs: () =>
      new Map(
        [...(base?.outputs() ?? []), ...outputs].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
      ),
    // Through its text, as the record keeps it: what cannot be kept is refused in plan too.
    setOutput: (key, value) => void outputs.set(key, decodeValue(encodeValue(value))),
  };
}

function ids(base: StackRecord | null): readonly number[] {
  return (base?.rows() ?? []).map((row) => row.id);
}

function keyOf(origin: Origin, address: Address): string {
  return `${origin}\0${address.host}\0${address.kind}\0${address.name}`;
}
