import type { Problem } from "../engine/events.ts";

/** What was told of failures: each failure is shown, each reason once, and that a host was not reached once a host. */
export class ToldFailures {
  /** The task that each reason was explained for. */
  private readonly explained = new Map<string, string | undefined>();
  /** The reason of the last failed call that stands under a task. */
  private readonly shown = new Map<string, string>();

  /** A failed call stands under its task. */
  call(task: string, error: Problem): void {
    this.shown.set(task, error.message);
  }

  /** Whether that is how the last failed call under a task failed, so that the task needs no line of its own. */
  isShown(task: string, error: Problem): boolean {
    return this.shown.get(task) === error.message;
  }

  /** Whether it was still to be explained; now it is. */
  explain(error: Problem, task: string | undefined): boolean {
    const reason = reasonOf(error);
    if (this.explained.has(reason)) return false;
    this.explained.set(reason, task);
    return true;
  }

  /** The other task for which this reason was explained. */
  sameAs(task: string, error: Problem): string | undefined {
    const first = this.explained.get(reasonOf(error));
    return first === task ? undefined : first;
  }
}

/** A host is lost for one reason, whichever call met it. */
function reasonOf({ message, host }: Problem): string {
  return host === undefined ? message : `host ${host}`;
}
