import { SlothError } from "../base/errors.ts";
import type { Value } from "../base/value.ts";
import { fieldsOf, type Schema } from "../engine/schema.ts";

/** `pkg.install("nginx")`: the same call as it is written here. `undefined` is a value that is not known. */
export function notATable(name: string, schema: Schema<unknown>, args: readonly (Value | undefined)[]): SlothError {
  const given = args.map(literal);
  const fields = fieldsFor(schema, args.length);
  const right = given.map((text, at) => `${fields[at] ?? "…"} = ${text}`).join(", ");
  return new SlothError("E_FIELD", `takes one table, not ${saidAs(args[0])}`, { hint: `write ${name}{ ${right} }` });
}

/** Which fields were likely meant by so many arguments. */
function fieldsFor(schema: Schema<unknown>, count: number): readonly string[] {
  const all = [...fieldsOf(schema)];
  const names = all.map(([name]) => name);
  if (count === 2 && names.includes("src") && names.includes("dest")) return ["src", "dest"];
  const needed = all.filter(([, { optional }]) => !optional).map(([name]) => name);
  return [...needed, ...names.filter((name) => !needed.includes(name))];
}

function literal(value: Value | undefined): string {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? JSON.stringify(value)
    : "…";
}

function saidAs(value: Value | undefined): string {
  if (typeof value === "string") return value.length > 60 ? `'${value.slice(0, 57)}…'` : `'${value}'`;
  return typeof value === "number" || typeof value === "boolean" ? `${typeof value} ${value}` : "a value";
}
