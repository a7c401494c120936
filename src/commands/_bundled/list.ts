import type { Bundle } from "../../bundle/bundle.ts";
import { command, type Command } from "../../cli/command.ts";
import { shared } from "../../cli/flags.ts";
import type { Index } from "../../bundle/format.ts";
import { show } from "../../report/show.ts";
import { fields, table } from "../../report/table.ts";

/** What is in a bundle. */
export function listOf(bundle: Bundle): Command {
  return command({
    summary: "List what is in this bundle.",
    example: "./site.run list",
    args: { output: shared.output() },

    async run({ output }, { stdout }) {
      const index = await bundle.index();
      await show({ stdout, output }, index, bundleText);
    },
  });
}

function bundleText(index: Index, columns: number | undefined): string {
  const packed = [...index.files, ...index.packages].map(({ path, size, digest }) => [path, size, digest]);
  const seen = index.seen.map(({ path }) => [path, null, "(only that it is there)"]);
  const about = fields(
    [
      ["Workflow", index.workflow],
      ["Stack", index.stack],
      ["Values", index.values],
      ["Inventory", index.inventory],
      ["Program", `sloth-runner ${index.version} (${index.target})`],
    ],
    columns,
  );
  return about + table(["FILE", "BYTES", "CONTENTS"], [...packed, ...seen], columns);
}
