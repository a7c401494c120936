import { ours } from "../tools/ours.ts";
import { scriptFor } from "../tools/tool.ts";
import { plant } from "./files.ts";
import { OURS, written, type Workload } from "./workload.ts";

/** What the record can be asked, with that many resources of one stack in it. */
export function record(count: number, options: { readonly long?: boolean } = {}): Workload {
  return {
    name: `record ${count}`,
    where: "memory",
    ...options,
    entries(directory, { program }) {
      plant(directory, { copies: count });
      const script = scriptFor(ours, { copies: count }, directory);
      if (script === undefined) throw new Error("copies are what we can do");
      const argv = [...ours.argv(program, written(directory, script), directory), "--stack", "copies"];
      const made = Bun.spawnSync(argv, { cwd: directory, stdout: "ignore" });
      if (!made.success) throw new Error(`the record could not be made: ${made.stderr.toString()}`);
      const asked = { list: [], resources: ["copies"], history: ["copies"], drift: ["copies"] };
      return Object.entries(asked).map(([name, args]) => ({
        group: `record of ${count} resources`,
        tool: `${OURS} stack ${name}`,
        command: { argv: [program, "stack", name, "--db", "db", ...args] as const, cwd: directory },
      }));
    },
  };
}
