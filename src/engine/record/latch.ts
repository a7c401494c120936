import type { Unsettled } from "./record.ts";

/** One piece of work that changes are delivered to: a task's attempt, or one item of a goroutine.map inside it. */
export interface DeliveryScope {
  readonly task: string;
  /** The scope this one was forked from; undefined for the task's own. */
  readonly parent?: DeliveryScope | undefined;
}

interface Owed {
  readonly change: Unsettled;
  /** It was answered in the attempt under way. */
  delivered: boolean;
}

/**
 * The change latch: a change is unsettled until its task and all who depend on that task have succeeded; until then each
 * further attempt that finds nothing left to do answers `carried` once. Keeps no time and writes nothing itself.
 */
export class Latch {
  private readonly owed = new Map<string, Owed[]>();
  private readonly delivered = new Map<DeliveryScope, number[]>();
  private readonly answered = new Set<string>();
  private readonly succeeded = new Set<string>();
  private readonly dependents: (task: string) => readonly string[];
  private readonly known: (task: string) => boolean;

  /** `dependents`: all tasks that depend on one, directly or not. `known`: the workflow has that task. */
  constructor(
    unsettled: readonly Unsettled[],
    dependents: (task: string) => readonly string[],
    known: (task: string) => boolean,
  ) {
    this.dependents = dependents;
    this.known = known;
    for (const change of unsettled) this.add(change);
  }

  /** A new attempt of a task: what is owed to it may be answered again. */
  beginAttempt(task: string): void {
    for (const list of this.owed.values()) {
      for (const owed of list) if (owed.change.task === task) owed.delivered = false;
    }
  }

  /** A change was made and is answered now. */
  made(change: Unsettled, scope: DeliveryScope): void {
    this.add(change).delivered = true;
    this.note(scope, change.changeId);
  }

  /** An earlier change that this call has to answer, if any; answered once an attempt. */
  take(scope: DeliveryScope, type: string, address: string): Unsettled | undefined {
    if (this.owed.size === 0) return undefined;
    const candidates = this.owed.get(key(type, address)) ?? [];
    const mine = candidates.find((owed) => !owed.delivered && this.isFor(owed.change.task, scope.task));
    if (mine === undefined) return undefined;
    mine.delivered = true;
    this.note(scope, mine.change.changeId);
    return mine.change;
  }

  /** Whether a call is answered for the first time in this run; for tasks that a restart of the machine cut off. */
  first(scope: DeliveryScope, type: string, address: string): boolean {
    const call = `${scope.task} ${key(type, address)}`;
    if (this.answered.has(call)) return false;
    this.answered.add(call);
    return true;
  }

  /** The task succeeded: the changes that are settled by it, to be written together with its end. */
  taskSucceeded(task: string): number[] {
    this.succeeded.add(task);
    return this.drop((change) => this.isSettled(change.task));
  }

  /** A task failed by an error out of goroutine.map: what was delivered to the items that succeeded is settled. */
  itemsSucceeded(items: readonly DeliveryScope[]): number[] {
    const within = new Set<number>();
    for (const [scope, ids] of this.delivered)
      if (items.some((item) => isWithin(scope, item))) ids.forEach((id) => within.add(id));
    return this.drop((change) => within.has(change.changeId));
  }

  /** All tasks of the workflow succeeded: what vanished tasks left is settled too. */
  allSucceeded(): number[] {
    return this.drop(() => true);
  }

  /** What an action answered was no change after all. */
  forget(changeId: number): void {
    this.drop((change) => change.changeId === changeId);
  }

  private isFor(madeBy: string, task: string): boolean {
    return madeBy === task || !this.known(madeBy);
  }

  private isSettled(task: string): boolean {
    return this.succeeded.has(task) && this.dependents(task).every((other) => this.succeeded.has(other));
  }

  private add(change: Unsettled): Owed {
    const owed = { change, delivered: false };
    const name = key(change.type, change.address);
    const list = this.owed.get(name);
    if (list === undefined) this.owed.set(name, [owed]);
    else list.push(owed);
    return owed;
  }

  private note(scope: DeliveryScope, changeId: number): void {
    const ids = this.delivered.get(scope);
    if (ids === undefined) this.delivered.set(scope, [changeId]);
    else ids.push(changeId);
  }

  private drop(isDone: (change: Unsettled) => boolean): number[] {
    const ids: number[] = [];
    for (const [name, list] of this.owed) {
      const left = list.filter((owed) => !isDone(owed.change));
      for (const owed of list) if (!left.includes(owed)) ids.push(owed.change.changeId);
      if (left.length === 0) this.owed.delete(name);
      else if (left.length < list.length) this.owed.set(name, left);
    }
    return ids;
  }
}

function key(type: string, address: string): string {
  return `${type} ${address}`;
}

function isWithin(scope: DeliveryScope, item: DeliveryScope): boolean {
  for (let at: DeliveryScope | undefined = scope; at !== undefined; at = at.parent) if (at === item) return true;
  return false;
}
