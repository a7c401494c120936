import type { Finding } from "../contract.ts";
import { digestOf } from "../../base/digest.ts";
import { DatabaseError } from "../../base/errors.ts";
import { restoringFile } from "./beside.ts";
import { verifyChain } from "./chain.ts";
import type { Connection } from "./connection.ts";
import { fileKind } from "./files.ts";
import { unpacked } from "./packed.ts";
import { readAll } from "./read-all.ts";
import type { SqliteStack } from "./stack.ts";
import { faultsOfTables } from "./faults-of-tables.ts";

const FROM_BACKUP = "put a backup in its place with --restore PATH; the damaged file is set aside";

/** Looks at everything in a database, with what other commands read it with too: what they refuse is found. Changes nothing. */
export function examine(connection: Connection, stacksOf: () => readonly SqliteStack[]): readonly Finding[] {
  const whole = [...integrity(connection), ...tables(connection)];
  if (whole.some(({ level }) => level === "problem")) return [...whole, ...cutOffRestore(connection)];
  return [
    ...whole,
    ...guarded("references", () => references(connection)),
    ...guarded("contents", () => contents(connection)),
    ...guarded("stacks", () => stacksOf().flatMap((stack) => ofStack(connection, stack))),
    ...guarded("locks", () => locks(connection)),
    ...cutOffRestore(connection),
  ];
}

/** Why it is not whole; undefined: it is. */
export function faultOf(connection: Connection): string | undefined {
  return [...integrity(connection), ...tables(connection)].find(({ level }) => level === "problem")?.message;
}

function ofStack(connection: Connection, stack: SqliteStack): readonly Finding[] {
  return [
    ...guarded("history", () => history(connection, stack)),
    ...guarded("rows", () => rows(stack)),
    ...guarded("runs", () => [...cutOff(connection, stack), ...owed(connection, stack)]),
  ];
}

/** What cannot even be looked at is found so. */
function guarded(check: string, look: () => readonly Finding[]): readonly Finding[] {
  try {
    return look();
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    return [{ level: "problem", check, message: error.message, hint: FROM_BACKUP }];
  }
}

function tables(connection: Connection): readonly Finding[] {
  const faults = faultsOfTables(connection);
  if (faults.length === 0) return [{ level: "ok", check: "tables", message: "every table is there, as it was made" }];
  return faults.map((message) => ({ level: "problem", check: "tables", message, hint: FROM_BACKUP }));
}

function rows(stack: SqliteStack): readonly Finding[] {
  const message = `${stack.name}: all that is recorded can be read (${readAll(stack)} resources)`;
  return [{ level: "ok", check: "rows", message }];
}

function cutOffRestore({ path }: Connection): readonly Finding[] {
  const left = restoringFile(path);
  if (fileKind(left) === "none") return [];
  const message = `a restore was cut off and has left ${left}; what is here is what was here before it`;
  return [{ level: "note", check: "restore", message, hint: "do it again, or remove that file" }];
}

function integrity(connection: Connection): readonly Finding[] {
  const rows = connection
    .all<{ integrity_check: string }>("PRAGMA integrity_check(20)")
    .map((row) => row.integrity_check);
  if (rows.join() === "ok") return [{ level: "ok", check: "integrity", message: "the database is whole" }];
  return rows.map((message) => ({ level: "problem", check: "integrity", message, hint: FROM_BACKUP }));
}

function references(connection: Connection): readonly Finding[] {
  const rows = connection.all<{ table: string; rowid: number; parent: string }>("PRAGMA foreign_key_check");
  if (rows.length === 0) return [{ level: "ok", check: "references", message: "every row belongs to something" }];
  return rows.map(({ table, rowid, parent }) => ({
    level: "problem",
    check: "references",
    message: `row ${rowid} of ${table} belongs to a row of ${parent} that is not there`,
  }));
}

function contents(connection: Connection): readonly Finding[] {
  const findings: Finding[] = [];
  let count = 0;
  const sql = "SELECT digest, compressed, bytes FROM contents";
  for (const row of connection.each<{ digest: string; compressed: number; bytes: Uint8Array }>(sql)) {
    count++;
    if (digestOfStored(connection.path, row) === row.digest) continue;
    const message = `the contents kept as ${row.digest} are not those`;
    findings.push({ level: "problem", check: "contents", message, hint: "undo will not use them" });
  }
  const message = `${count} contents are kept for undo, each as it was`;
  return findings.length > 0 ? findings : [{ level: "ok", check: "contents", message }];
}

/** What does not even unpack is not what was kept. */
function digestOfStored(path: string, row: { readonly compressed: number; readonly bytes: Uint8Array }): string {
  try {
    return digestOf(row.compressed === 1 ? unpacked(path, row.bytes) : row.bytes);
  } catch (error) {
    if (error instanceof DatabaseError) return error.message;
    throw error;
  }
}

function history(connection: Connection, stack: SqliteStack): readonly Finding[] {
  const fault = verifyChain(connection, stack.rowId);
  if (fault === null)
    return [{ level: "ok", check: "history", message: `${stack.name}: every run is as it was recorded` }];
  const where = fault.run === null ? stack.name : `${stack.name}, run ${fault.run}`;
  return [{ level: "problem", check: "history", message: `${where}: ${fault.reason}` }];
}

function cutOff(connection: Connection, stack: SqliteStack): readonly Finding[] {
  const sql = "SELECT id, number FROM runs WHERE stack = ? AND status = 'running'";
  const run = connection.first<{ id: number; number: number }>(sql, stack.rowId);
  if (run === undefined) return [];
  const holder = stack.lockedBy();
  if (holder !== null) {
    return [
      { level: "note", check: "runs", message: `${stack.name}: run ${run.number} is running (pid ${holder.pid})` },
    ];
  }
  const inFlight = connection.all("SELECT 1 FROM changes WHERE run = ? AND outcome IS NULL", run.id).length;
  const message = `${stack.name}: run ${run.number} was cut off; ${inFlight} of its changes were begun and not finished`;
  return [{ level: "note", check: "runs", message, hint: "the next run names them and goes on" }];
}

function owed(connection: Connection, stack: SqliteStack): readonly Finding[] {
  const count = connection.all("SELECT 1 FROM unsettled WHERE stack = ?", stack.rowId).length;
  if (count === 0 || stack.lockedBy() !== null) return [];
  const message = `${stack.name}: ${count} changes have not reached all who depend on them`;
  return [{ level: "note", check: "runs", message, hint: "the next run that succeeds delivers them" }];
}

function locks(connection: Connection): readonly Finding[] {
  const rows = connection.all<{ name: string; pid: number }>("SELECT name, pid FROM locks ORDER BY name");
  if (rows.length === 0) return [{ level: "ok", check: "locks", message: "no lock is held" }];
  return rows.map(({ name, pid }) => ({
    level: "note",
    check: "locks",
    message: `${name} was taken by pid ${pid}`,
    hint: "the kernel holds it only as long as that process lives; what is written here is for messages",
  }));
}
