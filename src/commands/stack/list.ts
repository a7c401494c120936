import { command } from "../../cli/command.ts";
import { shared } from "../../cli/flags.ts";
import { stackLine } from "../../report/documents/stack.ts";
import { databasePath } from "../../store/place.ts";
import { show } from "../../report/show.ts";
import { stacksText } from "../../report/views/stacks.ts";
import { reading } from "../../run/with-stack.ts";

export default command({
  summary: "List all stacks.",
  example: "sloth-runner stack list",
  args: { db: shared.db(), output: shared.output() },

  run({ db, output }, { stdout }) {
    return reading(db, async (store) => {
      const stacks = await Promise.all(((await store?.stacks()) ?? []).map(stackLine));
      const document = { database: databasePath(db), exists: store !== null, stacks };
      return await show({ stdout, output }, document, stacksText);
    });
  },
});
