import type { Unsettled } from "./record.ts";

/** One piece of work that changes are delivered to: a task's attempt, or one item of a goroutine.map inside it. */
export interface DeliveryScope {
  readonly task: string;
  /** The scope this one was forked from; undefined for the task's own. */
  readonly parent?: DeliveryScope | undefined;
}

/** What the latch asks of the tasks of a run. */
export interface TaskOrder {
  /** Tasks that depend on one directly. */
  dependentsOf(task: string): readonly string[];
  /** Tasks that one depends on directly. */
  dependenciesOf(task: string): readonly string[];
  /** The workflow has that task. */
  knows(task: string): boolean;
}

interface Owed {
  readonly change: Unsettled;
  /** It was answered in the attempt under way. */
  delivered: boolean;
}

/**
 * The change latch: a change is unsettled until its task and all who depend on that task have succeeded; until then each
 * further attempt that finds nothing left to do answers `carried` once. Keeps no time and writes nothing itself. What is asked of it
 * costs what is owed to one address or task, whatever else is owed.
 */
export class Latch {
  private readonly atAddress = new Map<string, Set<Owed>>();
  private readonly ofTask = new Map<string, Set<Owed>>();
  private readonly byId = new Map<number, Owed>();
  private readonly delivered = new Map<DeliveryScope, number[]>();
  private readonly answered = new Set<string>();
  private readonly succeeded = new Set<string>();
  /** Tasks that have succeeded with all who depend on them. */
  private readonly whole = new Set<string>();
  /** How many of those that depend on a task directly are not whole yet. */
  private readonly waitsFor = new Map<string, number>();
  private readonly tasks: TaskOrder;

  constructor(unsettled: readonly Unsettled[], tasks: TaskOrder) {
    this.tasks = tasks;
    for (const change of unsettled) this.add(change);
  }

  /** A new attempt of a task: what is owed to it may be answered again. */
  beginAttempt(task: string): void {
    for (const owed of this.ofTask.get(task) ?? []) owed.delivered = false;
  }

  /** A change was made and is answered now. */
  made(change: Unsettled, scope: DeliveryScope): void {
    this.add(change).delivered = true;
    this.note(scope, change.changeId);
  }

  /**
   * An earlier change that this call has to answer, if any; answered once an attempt. `standsIn`: the call is new at the address, so it
   * takes the place of whatever call made the change.
   */
  take(
    scope: DeliveryScope,
    type: string,
    address: string,
    standsIn: () => boolean = () => false,
  ): Unsettled | undefined {
    const candidates = this.atAddress.get(address);
    if (candidates === undefined) return undefined;
    const mine = [...candidates].filter((owed) => !owed.delivered && this.isFor(owed.change.task, scope.task));
    const own = mine.find(({ change }) => change.type === type);
    const found = own ?? (mine.length > 0 && standsIn() ? mine[0] : undefined);
    if (found === undefined) return undefined;
    found.delivered = true;
    this.note(scope, found.change.changeId);
    return found.change;
  }

  /** Whether a call is answered for the first time in this run; for tasks that a restart of the machine cut off. */
  first(scope: DeliveryScope, type: string, address: string): boolean {
    const call = `${scope.task} ${type} ${address}`;
    if (this.answered.has(call)) return false;
    this.answered.add(call);
    return true;
  }

  /** The task succeeded: the changes that are settled by it, to be written together with its end. */
  taskSucceeded(task: string): number[] {
    this.succeeded.add(task);
    const settled: number[] = [];
    const next = [task];
    for (let at = next.pop(); at !== undefined; at = next.pop()) {
      if (!this.becomesWhole(at)) continue;
      for (const owed of this.ofTask.get(at) ?? []) settled.push(owed.change.changeId);
      for (const needed of this.tasks.dependenciesOf(at)) {
        this.waitsFor.set(needed, this.waiting(needed) - 1);
        next.push(needed);
      }
    }
    return this.drop(settled);
  }

  /** A task failed by an error out of goroutine.map: what was delivered to the items that succeeded is settled. */
  itemsSucceeded(items: readonly DeliveryScope[]): number[] {
    const ids = [...this.delivered].flatMap(([scope, some]) =>
      items.some((item) => isWithin(scope, item)) ? some : [],
    );
    return this.drop(ids);
  }

  /** All tasks of the workflow succeeded: what vanished tasks left is settled too. */
  allSucceeded(): number[] {
    return this.drop([...this.byId.keys()]);
  }

  /** What was no change after all. */
  forget(changeId: number): void {
    this.drop([changeId]);
  }

  private isFor(madeBy: string, task: string): boolean {
    return madeBy === task || !this.tasks.knows(madeBy);
  }

  private becomesWhole(task: string): boolean {
    if (this.whole.has(task) || !this.succeeded.has(task) || this.waiting(task) > 0) return false;
    this.whole.add(task);
    return true;
  }

  private waiting(task: string): number {
    return this.waitsFor.get(task) ?? this.tasks.dependentsOf(task).length;
  }

  private add(change: Unsettled): Owed {
    const owed = { change, delivered: false };
    setAt(this.atAddress, change.address).add(owed);
    setAt(this.ofTask, change.task).add(owed);
    this.byId.set(change.changeId, owed);
    return owed;
  }

  private note(scope: DeliveryScope, changeId: number): void {
    const ids = this.delivered.get(scope);
    if (ids === undefined) this.delivered.set(scope, [changeId]);
    else ids.push(changeId);
  }

  /** Answers those that were owed. */
  private drop(ids: readonly number[]): number[] {
    const dropped: number[] = [];
    for (const id of ids) {
      const owed = this.byId.get(id);
      if (owed === undefined) continue;
      this.byId.delete(id);
      removeAt(this.atAddress, owed.change.address, owed);
      removeAt(this.ofTask, owed.change.task, owed);
      dropped.push(id);
    }
    return dropped;
  }
}

function setAt<T>(map: Map<string, Set<T>>, key: string): Set<T> {
  const known = map.get(key) ?? new Set();
  map.set(key, known);
  return known;
}

function removeAt<T>(map: Map<string, Set<T>>, key: string, item: T): void {
  const set = map.get(key);
  set?.delete(item);
  if (set?.size === 0) map.delete(key);
}

function isWithin(scope: DeliveryScope, item: DeliveryScope): boolean {
  for (let at: DeliveryScope | undefined = scope; at !== undefined; at = at.parent) if (at === item) return true;
  return false;
}
