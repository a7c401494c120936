import { HeldContents } from "../engine/target/held-contents.ts";
import { typesOf, type DriftOptions } from "../engine/undo/find-drift.ts";
import { hostEntry } from "../engine/host-schema.ts";
import { HostList } from "../engine/hosts.ts";
import { LocalTarget } from "../engine/target/local-target.ts";
import { askProbe } from "../engine/record/registrations.ts";
import type { Inputs } from "../engine/resource.ts";
import type { Target } from "../engine/target/target.ts";
import { Targets } from "../engine/target/targets.ts";
import { keptInputs, type KeptContents } from "../engine/undo/kept.ts";
import type { Value } from "../base/value.ts";
import { modules } from "../modules/registry.ts";
import { openHost, type Host, type HostOptions } from "../system/host.ts";
import { openFleet, type FleetRequest } from "./fleet.ts";
import type { ReachRequest } from "./workflow-request.ts";
import { awaitFarSurvivors } from "./survivors.ts";
import { openInventory } from "./open-inventory.ts";

export interface MachinesOptions {
  readonly mode: "apply" | "read";
  /** Its id. */
  readonly stack: string;
  readonly key: Uint8Array;
  readonly notes: FleetRequest["notes"];
  readonly reach: ReachRequest;
  readonly inventory: string | undefined;
  readonly interactive: boolean;
  /** How hosts were reached last, by name: Stack.hosts(). */
  readonly remembered: ReadonlyMap<string, Value>;
  readonly contents: KeptContents;
  readonly signal: AbortSignal;
  readonly notice: (message: string) => void;
  readonly onStart?: HostOptions["onStart"];
}

/** The machines a record is about, without its workflow. Dispose it when all is done. */
export interface Machines extends AsyncDisposable {
  readonly host: Host;
  readonly held: HeldContents;
  readonly inputs: Inputs;
  readonly targetFor: (host: string) => Target | Promise<Target>;
  readonly open: () => readonly Target[];
  /** How drift looks at them. */
  readonly looking: DriftOptions;
}

export async function openMachines(options: MachinesOptions): Promise<Machines> {
  const { mode, key, notes, reach, signal, notice, onStart, interactive } = options;
  const host = openHost({ mode, key, onStart });
  const hosts = await knownHosts(options.remembered, options.inventory);
  const fleet = openFleet({ mode, hosts, reach, host, notes, signal, notice, interactive });
  const { stack } = options;
  const targets = new Targets(new LocalTarget("local", host, false), async (name) => {
    const target = await fleet.reach(name);
    if (mode === "apply") await awaitFarSurvivors(target, stack, notice, signal);
    return target;
  });
  const held = new HeldContents(key);
  const inputs = keptInputs(options.contents);
  const system = host.reader({ signal });
  const targetFor: Machines["targetFor"] = (name) => targets.for(name);
  return {
    host,
    held,
    inputs,
    targetFor,
    open: () => targets.open(),
    looking: {
      types: typesOf(modules),
      targetFor,
      contents: held,
      call: { signal, sensitive: false, keep: false, inputs },
      probe: (_row, argv) => askProbe(argv, system),
    },
    async [Symbol.asyncDispose]() {
      await fleet.close();
      await host.close();
    },
  };
}

/** What the inventory says goes before what a run remembered. */
async function knownHosts(remembered: MachinesOptions["remembered"], inventory: string | undefined): Promise<HostList> {
  const hosts = new HostList();
  for (const [name, entry] of remembered) hosts.add(hostEntry(name, entry));
  await openInventory(inventory, hosts);
  return hosts;
}
