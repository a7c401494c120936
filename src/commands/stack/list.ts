import type { Stack } from "../../store/stack.ts";
import { command } from "../../cli/command.ts";
import { shared } from "../../cli/flags.ts";
import { printDocument, printTable } from "../../cli/output.ts";
import { shownTime } from "../../cli/plain.ts";
import { reading } from "../../run/with-stack.ts";

export default command({
  summary: "List all stacks.",
  example: "sloth-runner stack list",
  args: { db: shared.db(), output: shared.output() },

  run({ db, output }, { stdout }) {
    return reading(db, (store) => {
      const stacks = (store?.stacks() ?? []).map(listed);
      if (output === "json") return printDocument(stdout, { stacks });
      if (stacks.length === 0) return stdout.write("no stacks\n");
      const rows = stacks.map(({ name, status, resources, last_run, updated_at }) => [
        name,
        status,
        resources,
        last_run,
        shownTime(updated_at),
      ]);
      return printTable(stdout, ["NAME", "STATUS", "RESOURCES", "LAST RUN", "UPDATED"], rows);
    });
  },
});

function listed(stack: Stack) {
  const states = stack.states();
  return {
    name: stack.name,
    id: stack.id,
    status: stack.status,
    version: stack.version,
    resources: [...states].reduce((sum, [state, count]) => (state === "removed" ? sum : sum + count), 0),
    drifted: states.get("drift") ?? 0,
    last_run: stack.runs(1)[0]?.number ?? null,
    created_at: stack.createdAt,
    updated_at: stack.updatedAt,
  };
}
