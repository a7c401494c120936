import type { Connection } from "./connection.ts";

export interface Retention {
  readonly runs: number;
  readonly days: number;
}

/** Whichever says less is what is kept. */
export const RETENTION: Retention = { runs: 10_000, days: 400 };

/**
 * Removes the oldest runs beyond the retention, never one whose changes are unsettled or what is after it; answers how many.
 * Within a transaction. What undo needs of the present state is not in the history (see the table `undo`).
 */
export function pruneHistory(connection: Connection, stack: number, retention: Retention = RETENTION): number {
  const before = new Date(Date.now() - retention.days * 86_400_000).toISOString();
  const last = connection.first<{ number: number | null }>(
    LAST_TO_GO,
    stack,
    retention.runs,
    stack,
    before,
    stack,
    stack,
  );
  const number = last?.number ?? null;
  if (number === null) return 0;
  const { changes } = connection.run("DELETE FROM runs WHERE stack = ? AND number <= ?", stack, number);
  if (changes > 0) connection.run("UPDATE stacks SET pruned = ? WHERE id = ?", number, stack);
  return changes;
}

const LAST_TO_GO = `
  SELECT min(
    max(
      (SELECT coalesce(max(number), 0) FROM runs WHERE stack = ?) - ?,
      (SELECT coalesce(max(number), 0) FROM runs WHERE stack = ? AND ended_at < ?)
    ),
    (SELECT coalesce(max(number), 0) FROM runs WHERE stack = ?) - 1,
    (SELECT coalesce(min(r.number), 9e15) - 1 FROM unsettled u JOIN changes c ON c.id = u.change JOIN runs r ON r.id = c.run
     WHERE u.stack = ?)
  ) AS number`;
