import type { RunContext, Scope } from "../context.ts";
import type { GraphTask } from "./order-tasks.ts";
import type { Journal } from "../record/record.ts";
import type { Target } from "../target/target.ts";

/** What a task's function came to. `unpredictable`: in plan, why the prediction ends there. */
export type Verdict =
  | { readonly kind: "ok" }
  | { readonly kind: "failed"; readonly error: Error }
  | { readonly kind: "unpredictable"; readonly reason: string };

/** A task that can be run, whatever its functions are written in. None of them rejects, save for a bug of ours. */
export interface Task extends GraphTask {
  readonly retries: number;
  readonly retryDelayMs: number;
  readonly timeoutMs: number | undefined;
  readonly delegateTo: string | undefined;
  run(scope: Scope): Promise<Verdict>;
  /** Absent: always. A verdict other than ok is the task's. */
  readonly when?: ((scope: Scope) => Promise<Verdict & { readonly holds?: boolean }>) | undefined;
  readonly onSuccess?: ((scope: Scope) => Promise<Verdict>) | undefined;
  readonly onFailure?: ((scope: Scope, reason: string) => Promise<Verdict>) | undefined;
}

/** What running tasks needs beside what their calls share. */
export interface TaskRun {
  readonly context: RunContext;
  /** null in plan. */
  readonly journal: Journal | null;
  /** Where calls go that say nothing else. */
  readonly host: string;
  readonly signal: AbortSignal;
  /** The targets in use so far. */
  readonly targets: () => Iterable<Target>;
}
