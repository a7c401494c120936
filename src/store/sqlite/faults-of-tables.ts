import { Database } from "bun:sqlite";
import type { Connection } from "./connection.ts";
import { MIGRATIONS } from "./schema.ts";

interface Made {
  readonly type: string;
  readonly name: string;
  readonly sql: string;
}

const ALL = "SELECT type, name, sql FROM main.sqlite_schema WHERE sql IS NOT NULL ORDER BY name";

/** Where the tables, indexes and triggers of a database are other than its version of the program made them. */
export function faultsOfTables(connection: Connection): readonly string[] {
  const version = connection.first<{ user_version: number }>("PRAGMA user_version")?.user_version ?? 0;
  const found = new Map(connection.all<Made>(ALL).map((one) => [one.name, one]));
  const wanted = madeBy(version);
  const missing = wanted
    .filter(({ name }) => !found.has(name))
    .map(({ type, name }) => `the ${type} ${name} is missing`);
  const other = wanted
    .filter(({ name, sql }) => found.has(name) && found.get(name)?.sql !== sql)
    .map(({ type, name }) => `the ${type} ${name} is not as it was made`);
  return [...missing, ...other];
}

function madeBy(version: number): readonly Made[] {
  using fresh = new Database(":memory:");
  for (const step of MIGRATIONS.slice(0, version)) fresh.run(step);
  using all = fresh.prepare<Made, []>(ALL);
  return all.all();
}
