import type { Address } from "../../base/address.ts";
import type { DeclaredNow, RunContext } from "../context.ts";
import type { ResourceRow } from "./record.ts";
import { nextRow, sameAsRecorded, type DeclaredState } from "./resource-row.ts";
import type { Found } from "../call/work.ts";

/** Lays one more declaration over what this run declared at the address, and answers the row that gives. */
export function declaredSoFar(
  context: RunContext,
  found: Found,
  stated: DeclaredState["stated"],
  changed: boolean,
): ResourceRow {
  const { work, examined } = found;
  const earlier = context.declared.get(work.text);
  const state = stateOf(found, examined.asIs ? undefined : stated, changed);
  const known = earlier === undefined && !changed ? sameAsRecorded(context, state) : undefined;
  const row = known ?? nextRow(context, state, earlier && declaredRow(context, earlier, work.address));
  context.sameFile.note(found, changed);
  context.declared.set(work.text, {
    row: known === undefined ? row : undefined,
    at: statesExclusive(work, stated) ? work.call.location : (earlier?.at ?? work.call.location),
  });
  return row;
}

/** What this run declared at the address so far. Of the many that are as recorded none is kept in memory. */
export function declaredRow(context: RunContext, { row }: DeclaredNow, address: Address): ResourceRow | undefined {
  return row ?? context.ledger.recorded(address);
}

function statesExclusive({ type }: Found["work"], stated: DeclaredState["stated"]): boolean {
  return type.exclusive?.some((property) => stated?.[property] !== undefined) === true;
}

export function stateOf(
  { work, examined, declaration }: Found,
  stated: DeclaredState["stated"],
  changed: boolean,
): DeclaredState {
  const wasThere = examined.diff.actual !== null;
  return { address: work.address, declaration, stated, wasThere, changed, task: work.call.scope.task };
}
