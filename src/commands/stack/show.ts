import { shownValue } from "../../report/shown.ts";
import type { RunSummary } from "../../store/history.ts";
import type { Stack } from "../../store/stack.ts";
import { command } from "../../cli/command.ts";
import { operand, shared } from "../../cli/flags.ts";
import { printDocument, printFields, printTable } from "../../cli/output.ts";
import { shownTime, snakeCase } from "../../cli/plain.ts";
import { readingStack } from "../../run/with-stack.ts";
import { shownHolder } from "./_holder.ts";

export default command({
  summary: "Show a stack as it is now: last run, drift, what is owed, lock and outputs.",
  example: "sloth-runner stack show my-infrastructure",
  args: { NAME: operand("Name of the stack.", { completes: "stack" }), db: shared.db(), output: shared.output() },

  run({ NAME: name, db, output }, { stdout }) {
    return readingStack(name, db, (stack) => {
      if (output === "json") return printDocument(stdout, documentOf(stack));
      printFields(stdout, fieldsOf(stack));
      const outputs = [...stack.record.outputs()];
      if (outputs.length === 0) return;
      stdout.write("\n");
      printTable(
        stdout,
        ["OUTPUT", "VALUE"],
        outputs.map(([key, value]) => [key, shownValue(value)]),
      );
    });
  },
});

function documentOf(stack: Stack) {
  const run = stack.runs(1)[0];
  return {
    name: stack.name,
    id: stack.id,
    status: stack.status,
    version: stack.version,
    created_at: stack.createdAt,
    updated_at: stack.updatedAt,
    resources: Object.fromEntries(stack.states()),
    unsettled: stack.unsettled().length,
    locked_by: stack.lockedBy(),
    last_run: run === undefined ? null : snakeCase(run),
    outputs: Object.fromEntries(stack.record.outputs()),
  };
}

function fieldsOf(stack: Stack) {
  const states = [...stack.states()].map(([state, count]) => `${count} ${state}`);
  const run = stack.runs(1)[0];
  return [
    ["Name", stack.name],
    ["Id", stack.id],
    ["Status", stack.status],
    ["Version", stack.version],
    ["Created", shownTime(stack.createdAt)],
    ["Updated", shownTime(stack.updatedAt)],
    ["Resources", states.length === 0 ? "none" : states.join(", ")],
    ["Unsettled", stack.unsettled().length],
    ["Last run", run === undefined ? "none" : shownRun(run)],
    ["Locked by", shownHolder(stack.lockedBy())],
  ] as const;
}

function shownRun(run: RunSummary): string {
  const who = run.sudoUser === null ? run.user : `${run.sudoUser} as ${run.user}`;
  return `${run.number}: ${run.status}, ${run.command}, by ${who}@${run.hostname}, ${shownTime(run.startedAt)}`;
}
