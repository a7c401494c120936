import { isOfHost, SlothError } from "../base/errors.ts";
import { AddressLocks } from "./call/address-locks.ts";
import type { HeldContents } from "./target/held-contents.ts";
import type { Ledger, RunContext } from "./context.ts";
import type { Emit } from "./events.ts";
import { Latch } from "./record/latch.ts";
import { LocalTarget, type Machine } from "./target/local-target.ts";
import type { InterruptedRun, StackRecord, Unsettled } from "./record/record.ts";
import { SealedFiles } from "./record/sealed-files.ts";
import { SameFile } from "./call/same-file.ts";
import type { AnyResource, Source } from "./resource.ts";
import { Tally } from "./record/tally.ts";
import type { Target } from "./target/target.ts";
import { Targets } from "./target/targets.ts";
import type { TaskGraph } from "./tasks/task-graph.ts";

export interface ContextOptions {
  readonly mode: "apply" | "plan";
  readonly diff: boolean;
  readonly workflowDirectory: string;
  readonly locate?: Source["locate"] | undefined;
  readonly emit: Emit;
  readonly sourceLine?: RunContext["sourceLine"];
  readonly ledger: Ledger;
  readonly run: number | null;
  readonly record: StackRecord;
  readonly unsettled: readonly Unsettled[];
  readonly interrupted: InterruptedRun | null;
  readonly graph: TaskGraph;
  readonly machine: Machine;
  readonly contents: HeldContents;
  /** Resource types by their Lua names; asked for when it is needed. */
  readonly types: () => ReadonlyMap<string, AnyResource>;
  /** Connects to another host. */
  readonly connect: (host: string) => Promise<Target>;
}

/** What the calls of one run share, and the targets they opened. */
export function openContext(options: ContextOptions): {
  readonly context: RunContext;
  readonly targets: () => Iterable<Target>;
} {
  const { machine, graph, interrupted, connect, unsettled, ...rest } = options;
  const tally = new Tally();
  const local = new LocalTarget("local", machine, options.mode === "plan");
  const targets = new Targets(local, (host) => connect(host).catch((thrown: unknown) => lost(host, thrown, tally)));
  const context: RunContext = {
    ...rest,
    latch: new Latch(unsettled, graph),
    holds: new AddressLocks(),
    tally,
    declared: new Map(),
    sameFile: new SameFile(),
    sealedFiles: new SealedFiles(options.record, options.contents),
    rebooted: new Set(interrupted?.otherBoot === true ? interrupted.tasks : []),
    inFlight: new Set(interrupted?.inFlight),
    sourceFor: (signal) => machine.reader({ signal }),
    targetFor: (host) => targets.for(host),
    now: () => new Date().toISOString(),
  };
  return { context, targets: () => targets.open() };
}

function lost(host: string, thrown: unknown, tally: Tally): never {
  if (thrown instanceof SlothError && isOfHost(thrown)) {
    thrown.host ??= host;
    tally.unreachable(host);
  }
  throw thrown;
}
