import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { candidatesFor, type Candidate, type Candidates, type Given } from "../../src/cli/candidates.ts";
import { command, group, type Named, type Table } from "../../src/cli/command.ts";
import * as flags from "../../src/cli/flags.ts";

const noop = (args: Parameters<typeof command>[0]["args"], hidden = false) => {
  const made = command({ summary: "Do.", example: "sloth-runner do", hidden, args, run: () => Promise.resolve() });
  return () => Promise.resolve({ default: made });
};
const table: Table = {
  run: noop({
    FILE: flags.optionalOperand("Workflow.", "file"),
    stack: flags.text("Stack.", "NAME", "stack"),
    output: flags.shared.output(),
    db: flags.shared.db(),
    set: flags.texts("Value.", "K=V"),
    task: flags.texts("Task.", "NAME", "task"),
    tags: flags.list("Tags.", "A,B", "tag"),
    diff: flags.flag("Diff."),
  }),
  stack: group("Stacks.", {
    show: noop({ NAME: flags.operand("Stack.", { completes: "stack" }) }),
    history: noop({
      NAME: flags.operand("Stack.", { completes: "stack" }),
      RUN: flags.optionalOperand("Run.", "run"),
      task: flags.texts("Task.", "NAME", "task"),
    }),
    forget: noop({ NAME: flags.operand("Stack.", { completes: "stack" }), ADDRESS: flags.operands("Addresses.") }),
  }),
  modules: group("Modules.", { show: noop({ NAME: flags.operand("Module.", { completes: "module" }) }) }),
  secretly: noop({}, true),
};
const known = (named: Named, { database, stack, file }: Given): Promise<readonly Candidate[]> => {
  const names: Readonly<Partial<Record<Named, readonly string[]>>> = {
    stack: database === undefined ? ["web", "db"] : [`of ${database}`],
    module: ["file_ops"],
    task: [`of ${file ?? stack}`],
    tag: ["a", "b", "bee"],
    run: [`of ${stack}`],
  };
  return Promise.resolve((names[named] ?? []).map((name): Candidate => [name, ""]));
};
const words = async (line: string): Promise<string | readonly string[]> => {
  const found: Candidates = await candidatesFor(line.split(" "), table, known);
  return typeof found === "string" ? found : found.map(([word]) => word);
};

test.each<readonly [line: string, offered: string | readonly string[]]>([
  ["", ["run", "stack", "modules", "--help"]],
  ["st", ["stack"]],
  ["stack ", ["show", "history", "forget", "--help"]],
  ["stack show ", ["web", "db"]],
  ["stack show w", ["web"]],
  ["stack show web ", ["--help"]],
  ["stack nothing ", []],
  ["modules show f", ["file_ops"]],
  ["run ", "file"],
  ["run --stack ", ["web", "db"]],
  ["run --stack=w", ["--stack=web"]],
  ["run --db x --stack ", ["of x"]],
  ["run --db=x --stack ", ["of x"]],
  ["run --output ", ["human", "json"]],
  ["run --output=j", ["--output=json"]],
  ["run --db ", "file"],
  ["run --db=/e", []],
  ["run --di", ["--diff"]],
  ["run --diff --", ["--stack", "--output", "--db", "--set", "--task", "--tags", "--help"]],
  ["run --set a=1 --se", ["--set"]],
  ["run site.lua --stack web --ou", ["--output"]],
  ["run -- ", "file"],
  ["stack show -- --", []],
  ["run site.lua --task ", ["of site.lua"]],
  ["run --task ", ["of sloth.lua"]],
  ["stack history web --task ", ["of web"]],
  ["stack history web ", ["of web"]],
  ["run --tags ", ["a", "b", "bee"]],
  ["run --tags a,b", ["a,b", "a,bee"]],
  ["run --tags=a,b", ["--tags=a,b", "--tags=a,bee"]],
])("after '%s'", async (line, offered) => expect(await words(line)).toEqual(offered));

const program = resolve(import.meta.dir, "../../src/main.ts");
let directory = "";

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "sloth-shell-"));
  await mkdir(join(directory, "bin"));
  await writeFile(join(directory, "bin/sloth-runner"), `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`);
  await chmod(join(directory, "bin/sloth-runner"), 0o755);
  await writeFile(join(directory, "a file.json"), "");
});
afterAll(() => rm(directory, { recursive: true }));

/** What a shell prints for a script of ours. */
async function shell(argv: readonly string[]): Promise<string> {
  const env = { ...process.env, PATH: `${directory}/bin:${process.env["PATH"]}`, HOME: directory, TERM: "dumb" };
  const child = Bun.spawn([...argv], { cwd: directory, env, stdout: "pipe", stderr: "pipe" });
  const [text, errors] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return errors + text;
}

describe("in a real shell", () => {
  test.skipIf(Bun.which("bash") === null)("bash", async () => {
    const offered = (...typed: string[]) =>
      shell([
        "bash",
        "-c",
        `source <(sloth-runner completions bash); COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _sloth_runner sloth-runner; printf '%s\\n' "\${COMPREPLY[@]}"`,
        "bash",
        ...typed,
      ]);
    expect(await offered("sloth-runner", "vers")).toBe("version\n");
    expect(await offered("sloth-runner", "version", "--output", "")).toBe("human\njson\n");
    expect(await offered("sloth-runner", "version", "--output", "=", "j")).toBe("json\n");
    expect(await offered("sloth-runner", "version", "--output", "=")).toBe("human\njson\n");
  });

  test.skipIf(Bun.which("fish") === null)("fish", async () => {
    const offered = (line: string) =>
      shell(["fish", "--no-config", "-c", `sloth-runner completions fish | source; complete -C '${line}'`]);
    expect(await offered("sloth-runner vers")).toMatch(/^version\tShow the version/);
    expect(await offered("sloth-runner version --output ")).toBe("human\njson\n");
  });

  test.skipIf(Bun.which("zsh") === null)("zsh", async () => {
    const typed = (keys: string) =>
      shell([
        "zsh",
        "-f",
        "-c",
        `zmodload zsh/zpty
        zpty shell zsh -f -i
        zpty -w shell 'PS1=; autoload -U compinit; compinit -u -D; source <(sloth-runner completions zsh); print rea"d"y'
        zpty -r -m shell seen '*ready*'
        zpty -w -n shell $'sloth-runner ${keys}\\t; print "[$words]" en"d"\\n'
        zpty -r -m shell seen '*end*'
        print -r -- "$seen"`,
      ]);
    expect(await typed("vers")).toContain("sloth-runner version");
    expect(await typed("version --output j")).toContain("sloth-runner version --output json");
  });
});
