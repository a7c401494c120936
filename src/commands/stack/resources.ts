import { addressText } from "../../base/address.ts";
import { command } from "../../cli/command.ts";
import { oneOf, operand, shared } from "../../cli/flags.ts";
import { printDocument, printTable } from "../../cli/output.ts";
import { shownTime } from "../../cli/plain.ts";
import { readingStack } from "../../run/with-stack.ts";
import { lastRight } from "../../run/look-for-drift.ts";
import { resourceDocument } from "./_resource.ts";

const STATES = ["pending", "applied", "failed", "drift", "removed"] as const;

export default command({
  summary: "List the resources of a stack.",
  details: "What was removed is listed only with --state removed.",
  example: "sloth-runner stack resources my-infrastructure --state drift",
  args: {
    NAME: operand("Name of the stack.", { completes: "stack" }),
    state: oneOf("List only those in this state.", STATES, undefined),
    db: shared.db(),
    output: shared.output(),
  },

  run({ NAME: name, state, db, output }, { stdout }) {
    return readingStack(name, db, (stack) => {
      const rows = stack.record
        .rows()
        .filter((row) => (state === undefined ? row.state !== "removed" : row.state === state));
      const verified = stack.lastVerified();
      if (output === "json") {
        return printDocument(stdout, { stack: name, resources: rows.map((row) => resourceDocument(row, verified)) });
      }
      if (rows.length === 0) return stdout.write("no resources\n");
      const cells = rows.map((row) => [
        addressText(row),
        row.state,
        row.module,
        row.task,
        shownTime(lastRight(row, verified)),
      ]);
      return printTable(stdout, ["RESOURCE", "STATE", "BY", "TASK", "LAST RIGHT"], cells);
    });
  },
});
