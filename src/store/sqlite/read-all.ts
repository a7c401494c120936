import type { SqliteStack } from "./stack.ts";

/** Reads all that commands read of a stack, and refuses as they do; answers how many resources there are. */
export function readAll(stack: SqliteStack): number {
  stack.outputs();
  stack.config();
  stack.hosts();
  stack.lastVerified();
  stack.leftChildren();
  stack.unsettled();
  stack.state.list();
  let last = 0;
  for (const { number } of stack.runs(Number.MAX_SAFE_INTEGER)) {
    stack.run(number);
    last = Math.max(last, number);
  }
  stack.moments(last);
  const rows = stack.resources();
  const { originalOf } = stack.undoing();
  for (const row of rows) originalOf(row);
  return rows.length;
}
