import type { StackDocument } from "../documents/stack.ts";
import { shownValue } from "../shown.ts";
import { shownTime } from "../../base/shown-time.ts";
import { fields, table } from "../table.ts";
import { shownHolder } from "./lock-holder.ts";
import { byText } from "./run.ts";

/** A stack as it is now. */
export function stackText(stack: StackDocument, columns: number | undefined): string {
  const states = Object.entries(stack.resources).map(([state, count]) => `${count} ${state}`);
  const text = fields(
    [
      ["Name", stack.name],
      ["Id", stack.id],
      ["Status", stack.status],
      ["Version", stack.version],
      ["Created", shownTime(stack.created_at)],
      ["Updated", shownTime(stack.updated_at)],
      ["Resources", states.length === 0 ? "none" : states.join(", ")],
      ["Unsettled", stack.unsettled],
      ["Last run", stack.last_run === null ? "none" : shownRun(stack.last_run)],
      ["Locked by", shownHolder(stack.locked_by)],
    ],
    columns,
  );
  const outputs = Object.entries(stack.outputs).map(([key, value]) => [key, shownValue(value)]);
  return outputs.length === 0 ? text : `${text}\n${table(["OUTPUT", "VALUE"], outputs, columns)}`;
}

function shownRun(run: NonNullable<StackDocument["last_run"]>): string {
  return `${run.number}: ${run.status}, ${run.command}, by ${byText(run)}@${run.hostname}, ${shownTime(run.started_at)}`;
}
