import type { Mode } from "../engine/events.ts";
import { compileLua } from "../lua/vm/wasm.ts";
import { UsageError } from "../base/errors.ts";
import { command, type Command, type Context, type Values } from "./command.ts";
import * as flags from "./flags.ts";
import { reaching, reachOf } from "./reaching.ts";
import type { WorkflowRequest } from "../run/workflow-request.ts";

/** Which file, with which values, told how. */
const reading = {
  FILE: flags.optionalOperand("Workflow file, or - for standard input; ./sloth.lua when not given.", "file"),
  sha256: flags.text(
    "SHA-256 of the workflow; any other text, such as one that was cut on its way, is refused.",
    "HEX",
  ),
  values: flags.text("File of values, in YAML, JSON or TOML.", "FILE", "file"),
  set: flags.texts("One value; KEY=@FILE and KEY=env:VAR keep it off the command line, and secret.", "KEY=VALUE"),
  output: flags.shared.output(),
  quiet: flags.flag("Tell only what failed, and what the workflow itself prints."),
  verbose: {
    ...flags.flag("Tell what is unchanged too, where each was said, the output of commands, and codes of errors."),
    short: "v",
  },
};

const doing = {
  ...reading,
  identity: flags.shared.identity(),
  ...reaching,
  on: flags.list(
    "Run the whole workflow for these hosts or groups, instead of for this machine.",
    "HOST|GROUP,…",
    "host",
  ),
  limit: flags.integer("With --on: how many hosts at once; 20 when not given.", "N", 1),
  stack: flags.text("Stack to keep the record in, instead of the workflow's own.", "NAME", "stack"),
  task: flags.texts("Run this task, and what it depends on.", "NAME", "task"),
  tags: flags.list("Run tasks with one of these tags, and what they depend on.", "A,B", "tag"),
  diff: flags.flag("Show how texts differ."),
  prune: flags.flag("Remove what a workflow of this name declared before and declares no longer."),
  force: flags.flag("With --prune: remove even what changed since it was written."),
  db: flags.shared.db(),
  create: flags.shared.create(),
  "lock-timeout": flags.shared.lockTimeout(),
  timeout: flags.duration("Stop the run after that time."),
  yes: flags.shared.yes(),
  "dry-run": flags.shared.dryRun(),
};

/** All of run's, so that one word makes a plan of it. */
const foretelling = {
  ...doing,
  "detailed-exitcode": flags.flag("Exit with 2 when something would be changed."),
};

type Given = Values<typeof reading> & Partial<Values<typeof foretelling>>;
type RunWorkflow = (request: WorkflowRequest, context: Context) => Promise<number>;

/** `run`, `plan` or `check`, done by `run`. */
export function workflowCommand(mode: Mode, run: RunWorkflow): Command {
  const told = texts[mode];
  const perform = (values: Given, context: Context) => {
    // Beside all that is loaded and opened before Lua is: what fails here fails again there.
    void compileLua().catch(() => {});
    return run(requestOf(mode, values), context);
  };
  if (mode === "check") return command({ ...told, args: { ...reading, inventory: reaching.inventory }, run: perform });
  if (mode === "plan") return command({ ...told, args: foretelling, run: perform });
  return command({ ...told, args: doing, run: perform });
}

/** `run` or `plan` of a workflow that is known. */
export function ownWorkflowCommand(mode: "apply" | "plan", run: RunWorkflow): Command {
  const { FILE: _, sha256: __, ...args } = mode === "plan" ? foretelling : doing;
  const perform = (values: Omit<Given, "FILE" | "sha256">, context: Context) =>
    run(requestOf(mode, { ...values, FILE: undefined, sha256: undefined }), context);
  const example = mode === "plan" ? "./site.run plan --diff" : "./site.run run --verbose";
  return command({ summary: texts[mode].summary, example, args, run: perform });
}

/** `run` or `plan` of a workflow on the command line, done by `run`. */
export function oneLinerCommand(run: RunWorkflow): Command {
  const {
    FILE: _,
    sha256: __,
    task: ___,
    tags: ____,
    prune: _____,
    force: ______,
    "dry-run": _______,
    ...args
  } = doing;
  return command({
    summary: "Do what one line of Lua says, on this machine or on others.",
    details:
      "It is a run like any other: only what differs is changed, and recorded, in the stack `exec` unless --stack says otherwise. " +
      "What `print` is given is shown.",
    example:
      "sloth-runner exec 'pkg.install{ name = \"htop\" }' --plan\n" +
      "sloth-runner exec 'systemd.restart{ name = \"nginx\" }' --on web --inventory inventory.yaml\n" +
      "sloth-runner exec 'print(pkg.version(\"nginx\"))'",
    args: {
      LUA: flags.operand("The Lua, in quotes."),
      plan: flags.flag("Say what it would do, and do nothing."),
      ...args,
    },
    async run({ LUA: text, plan, ...values }, context) {
      const request = requestOf(plan ? "plan" : "apply", { ...values, FILE: undefined, sha256: undefined });
      // Only its digest is kept, as of every workflow.
      return await run({ ...request, text }, { ...context, line: context.line.replace(text, "…") });
    },
  });
}

const texts = {
  apply: {
    summary: "Bring the machine to the state a workflow declares, changing only what differs.",
    example:
      "sloth-runner run site.lua\n" +
      "sloth-runner run site.lua --stack web --values production.yaml --set port=8080\n" +
      "curl -fsSL https://example.com/site.lua | sloth-runner run - --stack web",
  },
  plan: {
    summary: "Say what run would do; nothing is changed, anywhere.",
    example: "sloth-runner plan site.lua --diff",
  },
  check: {
    summary: "Check a workflow's syntax, names and tasks; nothing is looked at or changed on the machine.",
    example: "sloth-runner check site.lua",
  },
} as const;

/** To check or plan a file for a program's own use, with nothing else asked. */
export function plainRequest(mode: "check" | "plan", file: string): WorkflowRequest {
  const none = { sha256: undefined, values: undefined, set: [] };
  return requestOf(mode, { FILE: file, ...none, output: "json", quiet: false, verbose: false });
}

function requestOf(mode: Mode, values: Given): WorkflowRequest {
  const { FILE: file, task = [], tags = [], prune = false, force = false } = values;
  if (file === "-" && values.values === "-")
    throw new UsageError("the workflow and its values cannot both come from standard input");
  const { sha256 } = values;
  if (sha256 !== undefined && !/^(sha256:)?[0-9a-fA-F]{64}$/.test(sha256))
    throw new UsageError("--sha256 takes 64 hexadecimal digits");
  if (file === "-" && prune && sha256 === undefined)
    throw new UsageError("--prune takes what is missing in a workflow for removed, and standard input may be cut", {
      hint: "say its SHA-256 with --sha256, or give a file",
    });
  if (values.quiet && values.verbose) throw new UsageError("--quiet and --verbose contradict each other");
  if (values.timeout === 0) throw new UsageError("--timeout is 0; a run takes longer than that");
  if (force && !prune) throw new UsageError("--force goes with --prune");
  if (prune && task.length + tags.length > 0)
    throw new UsageError("--prune cannot be used with --task or --tags", {
      hint: "only a run of all tasks knows what is declared no longer",
    });
  return {
    mode: mode === "apply" && values["dry-run"] === true ? "plan" : mode,
    file,
    sha256: sha256?.replace(/^sha256:/, "").toLowerCase(),
    stack: values.stack,
    database: values.db,
    create: values.create === true,
    valuesFile: values.values,
    set: values.set,
    identities: values.identity ?? [],
    tasks: task,
    tags,
    on: values.on ?? [],
    inventory: values.inventory,
    limit: values.limit,
    reach: reachOf(values),
    diff: values.diff === true,
    prune,
    force,
    yes: values.yes === true,
    lockTimeoutMs: values["lock-timeout"],
    timeoutMs: values.timeout,
    output: values.output,
    verbosity: values.quiet ? "quiet" : values.verbose ? "verbose" : "normal",
    detailedExitCode: values["detailed-exitcode"] === true,
  };
}
