import { findDrift, type DriftFinding } from "../engine/undo/find-drift.ts";
import type { DriftMark, Stack, Store } from "../store/contract.ts";
import type { Around } from "./around.ts";
import { chosenRows, type RowChoice } from "./chosen-rows.ts";
import { muted, type IgnoreRule, type Muted } from "./ignore.ts";
import { openMachines, type Machines } from "./machines.ts";
import { isBlind, unreachableHosts, type UnreachableHost } from "./unseen.ts";
import { readingStack, writingStack } from "./with-stack.ts";
import type { ReachRequest } from "./workflow-request.ts";

export interface LookRequest {
  readonly name: string;
  readonly database: string | undefined;
  readonly reach: ReachRequest;
  readonly inventory: string | undefined;
  /** Drift that is known of. */
  readonly rules: readonly IgnoreRule[];
  readonly choice: RowChoice;
  /** Hosts that are not reached may stay unknown. */
  readonly allowUnreachable: boolean;
}

export interface Looked {
  readonly findings: readonly Muted[];
  /** When each was last found right, by resource id. */
  readonly verified: ReadonlyMap<number, string>;
  readonly unreachable: readonly UnreachableHost[];
  /** Something could not be looked at that had to be. */
  readonly isBlind: boolean;
}

type Here = Pick<Around, "line" | "interactive"> & { readonly notice: (message: string) => void };

/** Looks at every resource of a stack and marks in the record what drifted; nothing else is changed anywhere. */
export async function lookForDrift(request: LookRequest, here: Here): Promise<Looked> {
  const { name, database } = request;
  const looked = await readingStack(name, database, async (stack, store) => {
    const findings = await look(stack, store, request, here);
    const unreachable = unreachableHosts(findings);
    const blind = isBlind(findings, request.allowUnreachable);
    return { findings, unreachable, isBlind: blind, verified: await stack.lastVerified() };
  });
  const marks = marksOf(looked.findings);
  if (marks.length > 0) await writingStack(name, database, here, (stack) => stack.markDrift(marks));
  return looked;
}

async function look(
  stack: Stack,
  store: Store,
  { reach, inventory, rules, choice }: LookRequest,
  { interactive, notice }: Here,
): Promise<readonly Muted[]> {
  await using machines = await openMachines({
    mode: "read",
    stack: stack.id,
    key: await store.key(),
    notes: store.notes(),
    reach,
    inventory,
    interactive,
    remembered: await stack.hosts(),
    contents: (await stack.undoing()).contents,
    signal: new AbortController().signal,
    notice,
  });
  return await lookWith(stack, machines, { rules, choice });
}

export async function lookWith(
  stack: Stack,
  { looking }: Machines,
  { rules, choice }: Pick<LookRequest, "rules" | "choice">,
): Promise<readonly Muted[]> {
  return (await findDrift(chosenRows(await stack.resources(), choice), looking)).map((finding) =>
    muted(finding, rules),
  );
}

export function isDrift({ kind }: DriftFinding): boolean {
  return kind === "drift" || kind === "missing";
}

function marksOf(findings: readonly DriftFinding[]): readonly DriftMark[] {
  return findings
    .filter((finding) => finding.kind === "ok" || isDrift(finding))
    .map((finding) => ({ row: finding.row, drifted: isDrift(finding) }))
    .filter(({ row, drifted }) => row.state === (drifted ? "applied" : "drift"));
}
