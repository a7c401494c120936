import { SlothError } from "../base/errors.ts";

export interface FailedItem {
  readonly index: number;
  /** The item itself when it is text or a number, else its position. */
  readonly label: string;
  readonly error: Error;
}

const MOST_LISTED = 100;

/** Some items of a goroutine.map failed; the others were waited for. */
export class MapError extends SlothError {
  readonly failed: readonly FailedItem[];
  /** Scopes of the items that succeeded: what they changed is settled. */
  readonly succeeded: readonly unknown[];

  constructor(failed: readonly FailedItem[], total: number, notStarted: number, succeeded: readonly unknown[]) {
    const errors = failed.map(({ error }) => error);
    super("E_MAP", messageOf(failed, total, notStarted), { cause: new AggregateError(errors) });
    this.failed = failed;
    this.succeeded = succeeded;
  }
}

function messageOf(failed: readonly FailedItem[], total: number, notStarted: number): string {
  const left = notStarted > 0 ? `, ${notStarted} were not started` : "";
  const listed = failed.slice(0, MOST_LISTED).map(({ label, error }) => `\n  ${label}: ${String(error)}`);
  const more = failed.length > MOST_LISTED ? `\n  and ${failed.length - MOST_LISTED} more` : "";
  return `${failed.length} of ${total} failed${left}:${listed.join("")}${more}`;
}
