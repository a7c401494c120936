import { addressText, type Address } from "../base/address.ts";
import { printable } from "../base/printable.ts";
import type { RunContext } from "../engine/context.ts";
import type { SessionEnd } from "../lua/session.ts";
import type { Stack } from "../store/contract.ts";
import type { WorkflowRequest } from "./workflow-request.ts";

/** Tells it after a run that succeeded; only one of all tasks knows it. */
export async function tellUndeclared(
  { tasks, parts }: SessionEnd,
  asked: Pick<WorkflowRequest, "tasks" | "tags">,
  declaring: Declaring,
): Promise<void> {
  const isPart = asked.tasks.length + asked.tags.length > 0;
  if (isPart || [...tasks.values()].some(({ result }) => result !== "ok")) return;
  await parts?.journal?.flush();
  const addresses = await noLongerDeclared(declaring);
  if (addresses.length > 0)
    declaring.context.emit({ type: "notice", task: "main", message: undeclaredText(addresses) });
}

/** Of a run whose tasks all succeeded: what it declared, and what it was about. */
interface Declaring {
  readonly context: Pick<RunContext, "declared" | "mode" | "emit">;
  readonly stack: Stack;
  readonly workflow: string;
  /** Of `--on`. */
  readonly hosts: readonly string[];
}

/** What a workflow of this name declared before and declares no longer, on the hosts that this run was about. */
export async function noLongerDeclared({ context, stack, workflow, hosts }: Declaring): Promise<readonly Address[]> {
  const { declared, mode } = context;
  if (mode === "apply" && (await countOf(stack)) === declared.size) return []; // all that is recorded was declared
  const kept = await stack.keptBy(workflow);
  const isDeclared = (address: Address): boolean => declared.has(addressText(address));
  const about = new Set([
    ...kept.filter(isDeclared).map(({ host }) => host),
    ...(hosts.length === 0 ? ["local"] : hosts),
  ]);
  return kept.filter((address) => about.has(address.host) && !isDeclared(address));
}

/** `3 no longer declared: --prune removes them (file:/a, file:/b, …)` */
function undeclaredText(addresses: readonly Address[]): string {
  const named = addresses.slice(0, NAMED).map((address) => printable(addressText(address)));
  const more = addresses.length > NAMED ? ", …" : "";
  const them = addresses.length === 1 ? "it" : "them";
  return `${addresses.length} no longer declared: --prune removes ${them} (${named.join(", ")}${more})`;
}

const NAMED = 3;

async function countOf(stack: Stack): Promise<number> {
  const states = [...(await stack.states())];
  return states.reduce((sum, [state, count]) => (state === "removed" ? sum : sum + count), 0);
}
