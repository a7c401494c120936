import { expect, test } from "bun:test";
import { Database } from "bun:sqlite";
import * as tables from "../../../src/store/sqlite/tables.ts";
import { storeAt } from "../scratch.ts";

/** Of each table: what is ours alone and never leaves the database. */
const INNER: Readonly<Record<string, readonly string[]>> = {
  stacks: ["id"],
  config: ["stack"],
  outputs: ["stack"],
  kv: ["scope"],
  resources: ["id", "stack"],
  undo: ["stack"],
  earlier: ["stack"],
  found: ["stack"],
  runs: ["id", "stack"],
  tasks: ["id", "run"],
  changes: ["id", "run"],
  contents: ["id"],
};

const TYPES = new Map([
  ["integer", "INTEGER"],
  ["name", "ANY"],
  ["bytes", "BLOB"],
  ["text", "TEXT"],
  ["json", "TEXT"],
]);

test.each([
  ["stacks", tables.STACK],
  ["config", tables.CONFIG],
  ["outputs", tables.OUTPUT],
  ["kv", tables.STATE],
  ["resources", tables.RESOURCE],
  ["undo", tables.UNDO],
  ["earlier", tables.EARLIER],
  ["found", tables.FOUND],
  ["runs", tables.RUN],
  ["tasks", tables.TASK],
  ["changes", tables.CHANGE],
  ["contents", tables.CONTENTS],
] as const)(
  "the columns of %s are those of the migrated schema, in what they are and whether they may be null",
  async (table, columns) => {
    const { place } = await storeAt();
    using raw = new Database(place, { readonly: true });
    const found = raw
      .query<{ name: string; type: string; notnull: number; pk: number }, []>(`PRAGMA table_info(${table})`)
      .all()
      .filter(({ name }) => INNER[table]?.includes(name) !== true)
      .map(({ name, type, notnull, pk }) => [name, [type, notnull === 1 || pk > 0]] as const);
    const declared = Object.entries(columns).map(([name, kind]) => {
      const { kind: plain, nullable } = tables.kindOf(kind);
      const type = TYPES.get(plain) ?? plain;
      return [name, [type, !nullable]] as const;
    });
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(declared));
  },
);
