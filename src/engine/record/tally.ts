import type { Counts, Outcome } from "../events.ts";

/** Counts the outcomes of a run. */
export class Tally {
  private created = 0;
  private updated = 0;
  private deleted = 0;
  private ran = 0;
  private unchanged: number;
  private failures = 0;
  private carried = 0;
  private unknown = 0;

  /** Given how many are known to be unchanged before it begins. */
  constructor(unchanged = 0) {
    this.unchanged = unchanged;
  }

  add(outcome: Outcome): void {
    if (outcome.carried) this.carried++;
    if (outcome.unknown !== undefined) this.unknown++;
    else if (outcome.action === "create") this.created++;
    else if (outcome.action === "update") this.updated++;
    else if (outcome.action === "delete") this.deleted++;
    else if (outcome.action === "run") this.ran++;
    else this.unchanged++;
  }

  failed(): void {
    this.failures++;
  }

  /** Something was changed, or in plan would be. */
  get anyChange(): boolean {
    return this.created + this.updated + this.deleted + this.ran + this.unknown + this.carried > 0;
  }

  counts(): Counts {
    const { created, updated, deleted, ran, unchanged, failures: failed, carried, unknown } = this;
    return { created, updated, deleted, ran, unchanged, failed, carried, unknown };
  }
}
