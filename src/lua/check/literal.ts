import type { SeenFields } from "../../engine/schema.ts";
import type { Value } from "../../base/value.ts";
import type { LiteralTable, Symbol } from "./symbols.ts";

/** The value of a symbol that is written out whole; undefined where a part of it is made at run time. */
export function valueOf(symbol: Symbol | undefined): Value | undefined {
  if (symbol?.kind === "constant") return symbol.value;
  if (symbol?.kind !== "table" || symbol.isOpen) return undefined;
  const items = symbol.items.map(valueOf);
  const fields = [...symbol.fields].map(([name, { value }]) => [name, valueOf(value)] as const);
  if (items.includes(undefined) || fields.some(([, value]) => value === undefined)) return undefined;
  if (items.length > 0) return fields.length > 0 ? undefined : (items as Value[]);
  return Object.fromEntries(fields.filter(([, value]) => value !== null)) as Value;
}

/** The fields of a call, as far as they are written out; one that is set to nil is not there. */
export function seenFields({ fields }: LiteralTable): SeenFields {
  const seen = [...fields].map(([name, { value }]) => [name, valueOf(value)] as const);
  return new Map(
    seen
      .filter(([, value]) => value !== null)
      .map(([name, value]) => [name, { known: value !== undefined, value: value ?? null }]),
  );
}
