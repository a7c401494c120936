import type { ChildRecord } from "../contract.ts";
import type { Connection } from "./connection.ts";

/** Recorded while it runs, so that a run after one that was killed knows what may be left at work. Answers what forgets it. */
export function noteChild(connection: Connection, stack: number, child: ChildRecord): () => void {
  const { pid, startTicks, boot, program } = child;
  const sql = "INSERT INTO children (stack, pid, start_ticks, boot, program) VALUES (?, ?, ?, ?, ?)";
  const { id } = connection.write(() => connection.run(sql, stack, pid, startTicks, boot, program));
  return () => connection.write(() => connection.run("DELETE FROM children WHERE id = ?", id));
}

/** Of runs that did not end themselves: the caller holds the stack's lock. */
export function leftChildren(connection: Connection, stack: number): readonly ChildRecord[] {
  const sql = "SELECT pid, start_ticks AS startTicks, boot, program FROM children WHERE stack = ? ORDER BY id";
  return connection.all<ChildRecord>(sql, stack);
}

export function forgetChildren(connection: Connection, stack: number): void {
  connection.write(() => connection.run("DELETE FROM children WHERE stack = ?", stack));
}
