import { printable } from "../base/printable.ts";
import { command } from "../cli/command.ts";
import { integer, list, shared } from "../cli/flags.ts";
import { reaching, reachOf } from "../cli/reaching.ts";
import { show } from "../report/show.ts";
import { isTerminal } from "../report/sink.ts";

export default command({
  summary: "Show what machines are: system, processors, memory, addresses.",
  details: "The same as facts.all in a workflow. A host that cannot be asked is told, and ends it with 1.",
  example: "sloth-runner facts\nsloth-runner facts --on web --inventory inventory.yaml --output json",
  args: {
    on: list("These hosts or groups, instead of this machine.", "HOST|GROUP,…", "host"),
    limit: integer("How many hosts at once; 20 when not given.", "N", 1),
    ...reaching,
    output: shared.output(),
  },

  async run({ on, limit = 20, inventory, output, ...values }, { stdout, stderr }) {
    const { gatherFacts } = await import("../run/facts.ts");
    const found = await gatherFacts({
      on,
      limit,
      inventory,
      reach: reachOf(values),
      interactive: isTerminal(0) && isTerminal(2),
      notice: (message) => stderr.write(`${printable(message)}\n`),
    });
    const machines = found.map((one) =>
      "facts" in one ? one : { host: one.host, code: one.error.code, error: one.error.toString() },
    );
    await show({ stdout, output }, machines, async (document, columns) => {
      const { factsText } = await import("../report/views/facts.ts");
      return factsText(document, columns);
    });
    return found.some((one) => "error" in one) ? 1 : 0;
  },
});
