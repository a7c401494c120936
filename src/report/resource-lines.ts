import type { Outcome, RunEvent } from "../engine/events.ts";
import { printable } from "../base/printable.ts";
import { shownChange } from "./shown-change.ts";
import { shownDuration, shownValue } from "./shown.ts";
import type { Palette } from "./style.ts";

type Done = Extract<RunEvent, { type: "resource_done" }>;

/** The line of a resource that is done, and its properties that differ; `verbose` tells more of each, `isTold`: why it is unknown was told. */
export function resourceLines(
  event: Done,
  { verbose, isTold }: { readonly verbose: boolean; readonly isTold: boolean },
  paint: Palette,
): string {
  const { outcome } = event;
  const notes = [...certainty(outcome, isTold), ...cause(event)];
  const more = verbose
    ? [`${event.location.file}:${event.location.line}`, ...(outcome.predicted ? [] : [shownDuration(event.durationMs)])]
    : [];
  const said = [...notes, ...more].map(printable);
  const suffix = said.length === 0 ? "" : paint.dim(` (${said.join(", ")})`);
  const head = `${marked(outcome, paint)} ${resourceName(outcome.type, outcome.name, event.host)}${suffix}`;
  return [head, ...properties(outcome, verbose)].join("\n");
}

/** `file_ops.copy /etc/hosts`, `file_ops.copy /etc/hosts on web1` */
export function resourceName(type: string, name: string, host: string): string {
  return printable(`${type} ${name}${host === "local" ? "" : ` on ${host}`}`);
}

function marked(outcome: Outcome, paint: Palette): string {
  const marks = {
    none: paint.dim("="),
    create: paint.green("+"),
    update: paint.yellow("~"),
    run: paint.yellow("~"),
    delete: paint.red("-"),
  };
  return marks[outcome.action];
}

/** A run says it all with the mark; a plan says that it is one, and what it does not know. */
function certainty(outcome: Outcome, isTold: boolean): readonly string[] {
  const words = { none: "", create: "would be created", update: "would be updated", delete: "would be removed" };
  if (outcome.unknown !== undefined) return [`cannot be predicted${isTold ? "" : `: ${outcome.unknown}`}`];
  const carried = outcome.carried ? ["changed by an earlier attempt, told again"] : [];
  if (!outcome.predicted || outcome.action === "none") return carried;
  return [outcome.action === "run" ? "would be run" : words[outcome.action], ...carried];
}

function cause(event: Done): readonly string[] {
  if (event.cause === undefined) return [];
  const words = {
    workflow: "the workflow changed",
    drift: "the machine drifted",
    both: "the workflow changed and the machine drifted",
    itself: "the workflow undid it",
  };
  return [words[event.cause]];
}

/** All of an update; of what is made anew only when asked for, since the workflow says it, but for what has to make room. */
function properties(outcome: Outcome, verbose: boolean): readonly string[] {
  const isWhole = outcome.action === "update" || verbose;
  const changes = outcome.changes.filter(({ property }) => isWhole || property === "removes");
  const width = Math.max(0, ...changes.map((change) => change.property.length)) + 1;
  return changes.map(({ property, from, to }) => {
    const values = outcome.action === "create" ? shownValue(to) : shownChange(from, to);
    return `    ${`${printable(property)}:`.padEnd(width)} ${values}`;
  });
}
