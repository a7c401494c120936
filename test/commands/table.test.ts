import { describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command, Table } from "../../src/cli/command.ts";
import { commands, type CommandName } from "../../src/commands/index.ts";
import { runLine } from "../support/command-line.ts";

/** Words are split at spaces; $DIR is a directory of the case's own. */
interface Case {
  /** `site.lua` in that directory. */
  readonly write?: string;
  readonly before?: readonly string[];
  readonly run: string;
  /** 0 when not given. */
  readonly code?: number;
  readonly prints: RegExp;
}

const NEW = "stack new web --db $DIR/s.db";
const CONFIG = "stack config set web db.port 5432 --db $DIR/s.db";
const READER = "secret init $DIR --name ana --key age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";
const SET = "state set key value --db $DIR/s.db";
const workflow = 'file_ops.copy{ dest = "$DIR/made", content = "x" }\n';

/** One for each command: this does not type-check without. */
const cases: Readonly<Record<CommandName, Case>> = {
  "agent clean": { run: "agent clean ssh://127.0.0.1:1", code: 1, prints: /^$/ },
  "agent search": { run: "agent search", code: 65, prints: /^$/ },
  "agent serve": { run: "agent serve", prints: /^\nSLOTH-RUNNER-AGENT\/1\n$/ },
  check: { write: workflow, run: "check $DIR/site.lua", prints: /no mistakes/ },
  exec: { run: "exec print(1+1) --db $DIR/s.db", prints: /^2$/m },
  facts: { run: "facts", prints: /^local\n {2}os\.id: +\w/ },
  init: { run: "init $DIR/begun", prints: /^wrote +\S+begun\/sloth\.lua/m },
  complete: { run: "complete -- comp", prints: /^completions\t/ },
  completions: { run: "completions bash", prints: /complete -F _sloth_runner/ },
  bundle: { write: workflow, run: "bundle $DIR/site.lua -o $DIR/site.run", code: 1, prints: /^$/ },
  "schedule add": { write: workflow, run: "schedule add $DIR/site.lua --every 1s", code: 64, prints: /^$/ },
  "schedule list": { run: "schedule list --output yaml", code: 64, prints: /^$/ },
  "schedule remove": { run: "schedule remove ../x", code: 1, prints: /^$/ },
  "secret init": { run: "secret init $DIR --name ana --key $DIR/none.pub", code: 1, prints: /^$/ },
  "secret set": { run: "secret set $DIR/v.yaml db.password", code: 64, prints: /^$/ },
  "secret show": { run: "secret show $DIR/none.yaml db.password", code: 1, prints: /^$/ },
  "secret edit": { run: "secret edit $DIR/v.yaml", code: 1, prints: /^$/ },
  "secret rekey": { run: "secret rekey $DIR", code: 1, prints: /^$/ },
  "secret check": { before: [READER], run: "secret check $DIR", prints: /^0 secrets in 0 files: no faults found\n$/ },
  "secret diff": { write: "plain\n", run: "secret diff $DIR/site.lua", prints: /^plain\n$/ },
  "secret recipients": { before: [READER], run: "secret recipients $DIR", prints: /^ana +age1/m },
  "modules list": { run: "modules list", prints: /^fs +\d/m },
  "modules show": { run: "modules show fs.read", prints: /^## fs\.read$/m },
  "modules types": { run: "modules types $DIR/types", prints: /types\nname them in/ },
  "stack new": { run: "stack new web --db $DIR/s.db", prints: /^created stack web\n$/ },
  "stack list": { before: [NEW], run: "stack list --db $DIR/s.db", prints: /web +new +0/ },
  "stack show": { before: [NEW], run: "stack show web --db $DIR/s.db", prints: /^Name: +web\n/ },
  "stack delete": { before: [NEW], run: "stack delete web --db $DIR/s.db", prints: /an export of it is \/.*\.json/ },
  "stack drift": { before: [NEW], run: "stack drift web --db $DIR/s.db", prints: /^0 resources: 0 as left\n$/ },
  "stack destroy": { before: [NEW], run: "stack destroy web --dry-run --db $DIR/s.db", prints: /^no resources/ },
  "stack rollback": { before: [NEW], run: "stack rollback web --to 1 --db $DIR/s.db", code: 1, prints: /^$/ },
  "stack rename": { before: [NEW], run: "stack rename web db --db $DIR/s.db", prints: /renamed web to db/ },
  "stack resources": { before: [NEW], run: "stack resources web --state drift --db $DIR/s.db", prints: /no resources/ },
  "stack forget": { before: [NEW], run: "stack forget web file:/x --db $DIR/s.db", code: 1, prints: /^$/ },
  "stack history": { before: [NEW], run: "stack history web --output json --db $DIR/s.db", prints: /"runs": \[\]/ },
  "stack outputs": { before: [NEW], run: "stack outputs web --db $DIR/s.db", prints: /no outputs/ },
  "stack config set": { before: [NEW], run: "stack config set web db.port 5432 --db $DIR/s.db", prints: /^$/ },
  "stack config get": {
    before: [NEW, CONFIG],
    run: "stack config get web db --db $DIR/s.db",
    prints: /^\{"port":5432\}\n$/,
  },
  "stack config list": {
    before: [NEW, CONFIG],
    run: "stack config list web --db $DIR/s.db",
    prints: /db +\{"port":5432\}/,
  },
  "stack config delete": { before: [NEW, CONFIG], run: "stack config delete web db --db $DIR/s.db", prints: /^$/ },
  "stack export": {
    before: [NEW],
    run: "stack export web --db $DIR/s.db",
    prints: /^\{\n"format": "sloth-runner stack",/,
  },
  "stack import": { run: "stack import $DIR/none.json --db $DIR/s.db", code: 65, prints: /^$/ },
  "stack verify": {
    before: [NEW],
    run: "stack verify web --db $DIR/s.db",
    prints: /web: every run is as it was recorded/,
  },
  "stack doctor": { before: [NEW], run: "stack doctor --db $DIR/s.db", prints: /ok +integrity +the database is whole/ },
  "state set": { run: "state set key value --db $DIR/s.db", prints: /^$/ },
  "state get": { before: [SET], run: "state get key --db $DIR/s.db", prints: /^value\n$/ },
  "state list": { before: [SET], run: "state list --db $DIR/s.db", prints: /key +value/ },
  "state delete": { before: [SET], run: "state delete key --db $DIR/s.db", prints: /^$/ },
  "state stats": { before: [SET], run: "state stats --db $DIR/s.db", prints: /^Keys: +1\n/ },
  plan: { write: workflow, run: "plan $DIR/site.lua --db $DIR/s.db", prints: /1 would be created/ },
  run: { write: workflow, run: "run $DIR/site.lua --db $DIR/s.db", prints: /1 created/ },
  version: { run: "version --output json", prints: /"lua": "5\.4"/ },
};

describe.each(Object.entries(cases))("%s", (name, { write, before = [], run, code = 0, prints }) => {
  test("does its work", async () => {
    const directory = await mkdtemp(join(tmpdir(), "sloth-table-"));
    try {
      const line = (text: string) => runLine(text.replaceAll("$DIR", directory).split(" "));
      if (write !== undefined) await Bun.write(join(directory, "site.lua"), write.replaceAll("$DIR", directory));
      for (const text of before) expect(await line(text)).toMatchObject({ code: 0 });
      const ran = await line(run);
      expect(ran).toMatchObject({ code });
      expect(ran.stdout).toMatch(prints);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test("refuses what it does not know, before it does anything", async () => {
    const ran = await runLine([...name.split(" "), "--surely-unknown"]);
    expect(ran).toMatchObject({ code: 64, stdout: "" });
    expect(ran.stderr).toStartWith("sloth-runner: unknown flag '--surely-unknown'; ");
  });

  test("helps, with an example of its own", async () => {
    const ran = await runLine([...name.split(" "), "--help"]);
    expect(ran).toMatchObject({ code: 0, stderr: "" });
    expect(ran.stdout).toContain(`Usage: sloth-runner ${name}`);
    expect(ran.stdout).toMatch(new RegExp(`Example:\\n(  .*\\n)*  .*sloth-runner ${name}`));
  });
});

test("every argument of every command is described in sentences", async () => {
  for (const [name, command] of await everyCommand(commands)) {
    expect(`${name}: ${command.summary}`).toMatch(/^[^:]+: [A-Z].*\.$/);
    for (const [flag, argument] of Object.entries(command.arguments))
      expect(`${name} ${flag}: ${argument.summary}`).toMatch(/^[^:]+: [A-Z].*\.$/);
  }
});

async function everyCommand(table: Table, prefix = ""): Promise<[string, Command][]> {
  const found = Object.entries(table).map(async ([name, entry]): Promise<[string, Command][]> => {
    if (typeof entry !== "function") return everyCommand(entry.commands, `${prefix}${name} `);
    return [[prefix + name, (await entry()).default]];
  });
  return (await Promise.all(found)).flat();
}
