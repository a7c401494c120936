import type { Counts, HostCounts, Outcome, TaskCounts, TaskResult } from "../events.ts";

/** Counts what a run comes to: altogether, and on each host. */
export class Tally {
  private readonly all = new Count();
  private readonly hosts = new Map<string, Count>();

  add(outcome: Outcome, host: string): void {
    for (const count of this.of(host)) count.add(outcome);
  }

  /** Nothing was to be done. */
  untouched(host: string): void {
    for (const { resources } of this.of(host)) resources.unchanged++;
  }

  failed(host: string): void {
    for (const { resources } of this.of(host)) resources.failed++;
  }

  /** Nothing could be asked of a host, or nothing any more. */
  unreachable(host: string): void {
    for (const count of this.of(host)) count.unreachable = true;
  }

  /** A top level is counted where it failed: it is no task of the workflow's otherwise. */
  task(host: string, result: TaskResult, isTopLevel: boolean): void {
    if (isTopLevel && result !== "failed") return;
    for (const { tasks } of this.of(host)) tasks[result === "not-needed" ? "notNeeded" : result]++;
  }

  /** Something was changed, or in plan would be. */
  get anyChange(): boolean {
    const { created, updated, deleted, ran, unknown, carried } = this.all.resources;
    return created + updated + deleted + ran + unknown + carried > 0;
  }

  counts(): Counts {
    return { ...this.all.resources };
  }

  /** All of it, as the end of a run tells it. */
  told(): { readonly counts: Counts; readonly tasks: TaskCounts; readonly hosts: readonly HostCounts[] } {
    const hosts = [...this.hosts].map(([host, { unreachable, resources, tasks }]) => {
      return { host, unreachable, counts: { ...resources }, tasks: { ...tasks } };
    });
    hosts.sort((a, b) => a.host.localeCompare(b.host, "en", { numeric: true }));
    return { counts: this.counts(), tasks: { ...this.all.tasks }, hosts };
  }

  private of(host: string): readonly Count[] {
    let count = this.hosts.get(host);
    if (count === undefined) this.hosts.set(host, (count = new Count()));
    return [this.all, count];
  }
}

type Counting<T> = { -readonly [K in keyof T]: T[K] };

class Count {
  readonly resources: Counting<Counts> = {
    created: 0,
    updated: 0,
    deleted: 0,
    ran: 0,
    unchanged: 0,
    failed: 0,
    carried: 0,
    unknown: 0,
  };
  readonly tasks: Counting<TaskCounts> = { ok: 0, failed: 0, skipped: 0, notNeeded: 0, unpredictable: 0 };
  unreachable = false;

  add({ carried, unknown, action }: Outcome): void {
    if (carried) this.resources.carried++;
    this.resources[unknown === undefined ? COUNTED[action] : "unknown"]++;
  }
}

const COUNTED = { create: "created", update: "updated", delete: "deleted", run: "ran", none: "unchanged" } as const;
