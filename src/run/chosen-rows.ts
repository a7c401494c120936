import { UsageError } from "../base/errors.ts";
import { didYouMean } from "../base/nearest.ts";
import { printable } from "../base/printable.ts";
import type { ResourceRow } from "../engine/record/record.ts";

/** Which resources of a stack a command is about: those that are on one of the hosts, of one of the kinds, and of one of the tasks; none: any. */
export interface RowChoice {
  readonly hosts: readonly string[];
  readonly kinds: readonly string[];
  readonly tasks: readonly string[];
}

/** A name that no row has is an error: an answer about nothing would pass for a good one. */
export function chosenRows(rows: readonly ResourceRow[], { hosts, kinds, tasks }: RowChoice): readonly ResourceRow[] {
  refuseUnknown("host", hosts, rows, ({ host }) => [host]);
  refuseUnknown("kind", kinds, rows, ({ kind }) => [kind]);
  refuseUnknown("task", tasks, rows, namesOfTask);
  const isChosen = (asked: readonly string[], names: readonly string[]): boolean =>
    asked.length === 0 || names.some((name) => asked.includes(name));
  return rows.filter(
    (row) => isChosen(hosts, [row.host]) && isChosen(kinds, [row.kind]) && isChosen(tasks, namesOfTask(row)),
  );
}

/** "deploy@web1" is of the task deploy too. */
function namesOfTask({ task }: ResourceRow): readonly string[] {
  const at = task.lastIndexOf("@");
  return at > 0 ? [task, task.slice(0, at)] : [task];
}

function refuseUnknown(
  what: "host" | "kind" | "task",
  asked: readonly string[],
  rows: readonly ResourceRow[],
  namesOf: (row: ResourceRow) => readonly string[],
): void {
  if (asked.length === 0) return;
  const known = new Set(rows.flatMap(namesOf));
  const unknown = asked.find((name) => !known.has(name));
  if (unknown === undefined) return;
  const list = [...known].map(printable).join(", ");
  const hint = didYouMean(unknown, known) ?? (list === "" ? "there are none" : `there are ${list}`);
  throw new UsageError(`no resource of this stack has the ${what} '${printable(unknown)}'`, { hint });
}
