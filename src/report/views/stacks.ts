import type { StackLine } from "../documents/stack.ts";
import { shownTime } from "../shown.ts";
import { table } from "../table.ts";

/** All stacks, a line each. */
export function stacksText(stacks: readonly StackLine[]): string {
  if (stacks.length === 0) return "no stacks\n";
  const rows = stacks.map(({ name, status, resources, last_run, updated_at }) => [
    name,
    status,
    resources,
    last_run,
    shownTime(updated_at),
  ]);
  return table(["NAME", "STATUS", "RESOURCES", "LAST RUN", "UPDATED"], rows);
}
