import { command } from "../../cli/command.ts";
import { oneOf, operand, shared } from "../../cli/flags.ts";
import { resourceDocument } from "../../report/documents/resource.ts";
import { choiceOf, rowFlags } from "../../cli/row-flags.ts";
import { chosenRows } from "../../run/chosen-rows.ts";
import { show } from "../../report/show.ts";
import { resourcesText } from "../../report/views/resources.ts";
import { readingStack } from "../../run/with-stack.ts";

const STATES = ["pending", "applied", "failed", "drift", "removed"] as const;

export default command({
  summary: "List the resources of a stack.",
  details: "What was removed is listed only with --state removed.",
  example: "sloth-runner stack resources my-infrastructure --state drift",
  args: {
    NAME: operand("Name of the stack.", { completes: "stack" }),
    state: oneOf("List only those in this state.", STATES, undefined),
    ...rowFlags,
    db: shared.db(),
    output: shared.output(),
  },

  run({ NAME: name, state, db, output, ...choice }, { stdout }) {
    return readingStack(name, db, async (stack) => {
      const rows = chosenRows(await stack.resources(), choiceOf(choice)).filter((row) =>
        state === undefined ? row.state !== "removed" : row.state === state,
      );
      const verified = await stack.lastVerified();
      const resources = rows.map((row) => resourceDocument(row, verified));
      return await show({ stdout, output }, { stack: name, resources }, (document, columns) =>
        resourcesText(document.resources, columns),
      );
    });
  },
});
