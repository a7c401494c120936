import { HeldContents } from "../engine/target/held-contents.ts";
import { HostList } from "../engine/hosts.ts";
import { LocalTarget } from "../engine/target/local-target.ts";
import type { AnyQuery } from "../engine/resource.ts";
import type { Target } from "../engine/target/target.ts";
import { SlothError } from "../base/errors.ts";
import type { Value } from "../base/value.ts";
import { modules } from "../modules/registry.ts";
import { openHost } from "../system/host.ts";
import { openFleet } from "./fleet.ts";
import { openInventory } from "./open-inventory.ts";
import type { ReachRequest } from "./workflow-request.ts";

export interface FactsRequest {
  /** Hosts and groups; none: this machine. */
  readonly on: readonly string[];
  /** Hosts at once. */
  readonly limit: number;
  readonly inventory: string | undefined;
  readonly reach: ReachRequest;
  /** Whether ssh may ask a person. */
  readonly interactive: boolean;
  readonly notice: (message: string) => void;
}

/** What a machine is, or why nobody knows. */
export type HostFacts =
  | { readonly host: string; readonly facts: Value }
  | { readonly host: string; readonly error: SlothError };

/** Asks machines what they are, by `facts.all`; changes nothing anywhere. */
export async function gatherFacts(request: FactsRequest): Promise<readonly HostFacts[]> {
  const { on, limit, inventory, reach, interactive, notice } = request;
  const host = openHost({ mode: "read" });
  const hosts = new HostList();
  await openInventory(inventory, hosts);
  const { signal } = new AbortController();
  const fleet = openFleet({ mode: "read", hosts, reach, host, notes: undefined, signal, notice, interactive });
  const targetOf = (name: string): Target | Promise<Target> =>
    name === "local" ? new LocalTarget("local", host, false) : fleet.reach(name);
  try {
    const names = on.length === 0 ? ["local"] : hosts.select(on);
    return await inOrder(names, limit, (name) => ask(name, targetOf, signal));
  } finally {
    await fleet.close();
    await host.close();
  }
}

async function ask(
  host: string,
  targetOf: (name: string) => Target | Promise<Target>,
  signal: AbortSignal,
): Promise<HostFacts> {
  const inputs = new HeldContents();
  try {
    const target = await targetOf(host);
    return { host, facts: await target.query(allFacts(), null, { signal, sensitive: false, keep: false, inputs }) };
  } catch (error) {
    if (error instanceof SlothError) return { host, error };
    throw error;
  }
}

function allFacts(): AnyQuery {
  const found = modules.flatMap((module) => module.functions).find(({ name }) => name === "facts.all");
  if (found?.form !== "query") throw new Error("facts.all is no query");
  return found;
}

/** So many at once; answers in the order of the items. */
async function inOrder<T, R>(items: readonly T[], limit: number, work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const answers: R[] = [];
  const left = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of left) answers[index] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return answers;
}
