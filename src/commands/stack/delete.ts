import { command } from "../../cli/command.ts";
import { operand, shared } from "../../cli/flags.ts";
import { deleteStack, type Recorded } from "../../run/delete-stack.ts";

export default command({
  summary: "Delete a stack's record; what it stands for on the machine stays as it is.",
  details:
    "Says what is recorded and asks first, where anything is. An export of it is written beside the database; stack import brings it back.",
  example: "sloth-runner stack delete my-infrastructure",
  args: {
    NAME: operand("Name of the stack.", { completes: "stack" }),
    "dry-run": shared.dryRun(),
    yes: shared.yes(),
    "lock-timeout": shared.lockTimeout(),
    db: shared.db(),
  },

  async run({ NAME: name, db: database, yes, "dry-run": dryRun, "lock-timeout": lockTimeoutMs }, context) {
    const { line, stdout } = context;
    const foretell = (recorded: Recorded): void => stdout.write(`${foretold(name, recorded)}\n`);
    const ask = async (question: string): Promise<string | undefined> => {
      await stdout.drain();
      return await context.ask(question);
    };
    const path = await deleteStack({ name, database, dryRun, yes, lockTimeoutMs }, { line, ask, foretell });
    if (path === null) return dryRun ? 0 : 1;
    stdout.write(`deleted the record of ${name}; an export of it is ${path}\n`);
    return 0;
  },
});

function foretold(name: string, { resources, lastRun }: Recorded): string {
  const what = `${resources} ${resources === 1 ? "resource" : "resources"}`;
  const runs = lastRun === null ? "no run" : lastRun === 1 ? "1 run" : `${lastRun} runs`;
  return `the record of ${name} would be deleted: ${what}, ${runs}; on the machines everything stays`;
}
