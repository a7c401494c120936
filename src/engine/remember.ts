import type { RunContext } from "./context.ts";
import type { ResourceRow } from "./record.ts";
import { nextRow, type DeclaredState } from "./row.ts";
import type { Found } from "./work.ts";

/** Lays one more declaration over what this run declared at the address, and answers the row that gives. */
export function remember(
  context: RunContext,
  found: Found,
  stated: DeclaredState["stated"],
  changed: boolean,
): ResourceRow {
  const { work, examined } = found;
  const earlier = context.declared.get(work.text);
  const state = stateOf(found, examined.asIs ? undefined : stated, changed);
  const row = nextRow(context, state, earlier?.row);
  const statedAt = stated === null ? new Map<string, never>() : (earlier?.statedAt ?? new Map());
  for (const property of work.type.exclusive ?? [])
    if (stated?.[property] !== undefined) statedAt.set(property, work.call.location);
  context.declared.set(work.text, { row, statedAt });
  return row;
}

export function stateOf(
  { work, examined, declaration }: Found,
  stated: DeclaredState["stated"],
  changed: boolean,
): DeclaredState {
  const wasThere = examined.diff.actual !== null;
  return { address: work.address, declaration, stated, wasThere, changed, task: work.call.scope.task };
}
