import { CHANGE, listed, namesOf, RUN, TASK } from "./tables.ts";
import type { ChainFault } from "../contract.ts";
import type { Connection } from "./connection.ts";
import { fromName, type NameColumn } from "./names.ts";

/*
 * Each run that ended carries the hash of all that is recorded of it and of the hash before, so that a change to what was
 * recorded once is seen. Row ids are not in it: an import gives other ones.
 */

/** All of a run but its hash. */
const RUN_NAMES = namesOf(RUN).filter((name) => name !== "hash");

type Columns = { readonly [column: string]: null | number | NameColumn };

/** Closes a run whose other columns are final: sets its hash and makes it the head of its stack's chain. Within a transaction. */
export function sealRun(connection: Connection, runId: number): void {
  const hash = hashOf(connection, runId);
  connection.run("UPDATE runs SET hash = ? WHERE id = ?", hash, runId);
  connection.run("UPDATE stacks SET head = ? WHERE id = (SELECT stack FROM runs WHERE id = ?)", hash, runId);
}

/** null: every run is as it was when it ended. */
export function verifyChain(connection: Connection, stack: number): ChainFault | null {
  const known = connection.first<{ pruned: number; head: string }>(
    "SELECT pruned, head FROM stacks WHERE id = ?",
    stack,
  );
  if (known === undefined) return null;
  let expected = known.pruned + 1;
  let hash = known.pruned === 0 ? "" : undefined;
  for (const run of connection.all<RunLink>(LINKS, stack)) {
    const fault = faultOf(connection, run, expected, hash);
    if (fault !== null) return { run: run.number, reason: fault };
    if (run.status === "running") break;
    hash = run.hash ?? "";
    expected += 1;
  }
  if (hash === undefined || hash === known.head) return null;
  return { run: null, reason: `runs from number ${expected} on are missing, or the last one was replaced` };
}

interface RunLink {
  readonly id: number;
  readonly number: number;
  readonly status: string;
  readonly previous: string;
  readonly hash: string | null;
}

const LINKS = "SELECT id, number, status, previous, hash FROM runs WHERE stack = ? ORDER BY number";

function faultOf(connection: Connection, run: RunLink, expected: number, previous: string | undefined): string | null {
  if (run.number !== expected) return `run ${expected} should be here`;
  if (previous !== undefined && run.previous !== previous) return "it does not follow the run before it";
  if (run.status === "running" && run.hash === null) return null;
  return hashOf(connection, run.id) === run.hash ? null : "it is not what was recorded when it ended";
}

function hashOf(connection: Connection, runId: number): string {
  const hash = new Bun.CryptoHasher("sha256");
  const add = (row: Columns, names: readonly string[]) => {
    hash.update(JSON.stringify(names.map((name) => plain(row[name] ?? null))));
    hash.update("\n");
  };
  for (const row of connection.all<Columns>(`SELECT ${listed(RUN)} FROM runs WHERE id = ?`, runId)) add(row, RUN_NAMES);
  for (const row of connection.all<Columns>(`SELECT ${listed(TASK)} FROM tasks WHERE run = ? ORDER BY id`, runId))
    add(row, namesOf(TASK));
  for (const row of connection.each<Columns>(`SELECT ${listed(CHANGE)} FROM changes WHERE run = ? ORDER BY id`, runId))
    add(row, namesOf(CHANGE));
  return hash.digest("hex");
}

function plain(column: null | number | NameColumn): null | number | string {
  return column === null || typeof column === "number" ? column : fromName(column);
}
