import { printable } from "../../base/printable.ts";
import type { StackLine } from "../documents/stack.ts";
import { shownTime } from "../../base/shown-time.ts";
import { table } from "../table.ts";

export interface StacksDocument {
  readonly database: string;
  readonly exists: boolean;
  readonly stacks: readonly StackLine[];
}

/** All stacks, a line each, and where they are recorded. */
export function stacksText({ database, exists, stacks }: StacksDocument, columns: number | undefined): string {
  const place = printable(database);
  if (stacks.length === 0) return exists ? `no stacks in ${place}\n` : `no stacks: ${place} is not there yet\n`;
  const rows = stacks.map(({ name, status, resources, last_run, updated_at }) => [
    name,
    status,
    resources,
    last_run,
    shownTime(updated_at),
  ]);
  const count = `${stacks.length} ${stacks.length === 1 ? "stack" : "stacks"}`;
  return `${table(["NAME", "STATUS", "RESOURCES", "LAST RUN", "UPDATED"], rows, columns)}${count} in ${place}\n`;
}
