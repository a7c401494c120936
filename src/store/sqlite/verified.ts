import type { Connection } from "./connection.ts";
import { unpacked } from "./packed.ts";

/*
 * When a resource was last found right, without a write for each: a run that finds thousands right writes one row with their
 * ids, and takes them out of the rows of earlier runs, which then mostly vanish.
 */

/** Within a transaction. */
export function recordVerified(connection: Connection, stack: number, at: string, ids: readonly number[]): void {
  if (ids.length === 0) return;
  const fresh = new Set(ids);
  for (const row of rowsOf(connection, stack)) {
    const left = unpack(connection.path, row.ids).filter((id) => !fresh.has(id));
    if (left.length === 0) connection.run("DELETE FROM verified WHERE rowid = ?", row.rowid);
    else connection.run("UPDATE verified SET ids = ? WHERE rowid = ?", pack(left), row.rowid);
  }
  connection.run("INSERT INTO verified (stack, at, ids) VALUES (?, ?, ?)", stack, at, pack(ids));
}

/** Time by resource id. */
export function lastVerified(connection: Connection, stack: number): ReadonlyMap<number, string> {
  const times = new Map<number, string>();
  for (const row of rowsOf(connection, stack)) for (const id of unpack(connection.path, row.ids)) times.set(id, row.at);
  return times;
}

interface VerifiedColumns {
  readonly rowid: number;
  readonly at: string;
  readonly ids: Uint8Array;
}

function rowsOf(connection: Connection, stack: number): readonly VerifiedColumns[] {
  return connection.all<VerifiedColumns>("SELECT rowid, at, ids FROM verified WHERE stack = ? ORDER BY rowid", stack);
}

/** Differences between sorted ids are mostly 1, which compresses to next to nothing. */
function pack(ids: readonly number[]): Uint8Array {
  const sorted = ids.toSorted((a, b) => a - b);
  const steps = Uint32Array.from(sorted, (id, index) => id - (sorted[index - 1] ?? 0));
  return Bun.zstdCompressSync(new Uint8Array(steps.buffer));
}

function unpack(path: string, packed: Uint8Array): number[] {
  const bytes = unpacked(path, packed);
  let id = 0;
  return Array.from(new Uint32Array(bytes.buffer, 0, bytes.length >> 2), (step) => (id += step));
}
