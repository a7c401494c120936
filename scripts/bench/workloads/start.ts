import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { CommandName } from "../../../src/commands/index.ts";
import { OURS, written, type Bench, type Entry, type Workload } from "./workload.ts";

/** How each command is started; `--help` where it would reach other hosts or leave something in the system. */
const lines: Readonly<Record<CommandName, string>> = {
  run: "run --db db empty.lua",
  plan: "plan --db db empty.lua",
  check: "check empty.lua",
  exec: "exec --db db print(1)",
  facts: "facts",
  init: "init begun",
  version: "version",
  "stack new": "stack new --db db other",
  "stack list": "stack list --db db",
  "stack show": "stack show --db db one",
  "stack delete": "stack delete --db db one --yes",
  "stack drift": "stack drift --db db one",
  "stack destroy": "stack destroy --db db one --dry-run",
  "stack rollback": "stack rollback --help",
  "stack rename": "stack rename --db db one two",
  "stack resources": "stack resources --db db one",
  "stack forget": "stack forget --help",
  "stack history": "stack history --db db one",
  "stack outputs": "stack outputs --db db one",
  "stack config set": "stack config set --db db one port 80",
  "stack config get": "stack config get --db db one key",
  "stack config list": "stack config list --db db one",
  "stack config delete": "stack config delete --db db one key",
  "stack export": "stack export --db db one",
  "stack import": "stack import --db new one.json",
  "stack verify": "stack verify --db db one",
  "stack doctor": "stack doctor --db db",
  "state set": "state set --db db k v",
  "state get": "state get --db db k",
  "state list": "state list --db db",
  "state delete": "state delete --db db k",
  "state stats": "state stats --db db",
  "secret init": "secret init",
  "secret set": "secret set --help",
  "secret show": "secret show --help",
  "secret edit": "secret edit --help",
  "secret rekey": "secret rekey --help",
  "secret check": "secret check --help",
  "secret diff": "secret diff empty.lua",
  "secret recipients": "secret recipients --help",
  "modules list": "modules list",
  "modules show": "modules show file_ops",
  "modules types": "modules types types",
  completions: "completions bash",
  complete: "complete -- stack sh",
  bundle: "bundle --help",
  "schedule add": "schedule add --help",
  "schedule list": "schedule list --help",
  "schedule remove": "schedule remove --help",
  "agent clean": "agent clean --help",
  "agent search": "agent search --help",
  "agent serve": "agent serve --help",
};

/** What the goals are about, beside what a bare process costs. */
export const start: Workload = {
  name: "start",
  where: "memory",
  entries(directory, bench) {
    prepare(directory, bench);
    const bare = (tool: string, what: string): Entry => ({
      group: "start",
      tool,
      command: { argv: [bench.bare, what], cwd: directory },
    });
    const ours = (name: CommandName, tool: string): Entry => ({
      group: "start",
      tool: `${OURS} ${tool}`,
      command: { argv: [bench.program, ...lines[name].split(" ")], cwd: directory },
    });
    return [
      bare("hello, compiled", "hello"),
      ours("version", "version"),
      ours("state get", "state get"),
      bare("bare Bun with Lua", "lua"),
      ours("run", "run, nothing in it"),
    ];
  },
};

/** Every command of the table, and help. */
export const everyCommand: Workload = {
  name: "commands",
  where: "memory",
  entries(directory, bench) {
    prepare(directory, bench);
    cpSync(join(directory, "db"), join(directory, "db.before"));
    return [...Object.values(lines), "--help"].map((line) => ({
      group: "start of each command",
      tool: `${OURS} ${line.replace(/ --db \w+/, "")}`,
      command: { argv: [bench.program, ...line.split(" ")], cwd: directory, reset: () => putBack(directory) },
    }));
  },
};

/** A record of one stack with a value, a key, and an export of it. */
function prepare(directory: string, { program }: Bench): void {
  written(directory, { name: "empty.lua", text: "" });
  const before = ["state set --db db k v", "stack new --db db one", "stack config set --db db one key value"];
  for (const line of before) ask(line);
  written(directory, { name: "one.json", text: ask("stack export --db db one") });

  function ask(line: string): string {
    const { success, stdout, stderr } = Bun.spawnSync([program, ...line.split(" ")], { cwd: directory });
    if (!success) throw new Error(`${line}: ${stderr.toString()}`);
    return stdout.toString();
  }
}

function putBack(directory: string): void {
  for (const suffix of ["", "-wal", "-shm", ".key", ".locks"])
    for (const name of ["db", "new"]) rmSync(join(directory, `${name}${suffix}`), { recursive: true, force: true });
  cpSync(join(directory, "db.before"), join(directory, "db"));
}
