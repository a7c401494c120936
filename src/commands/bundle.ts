import type { WorkflowRequest } from "../run/workflow-request.ts";
import { normalPath } from "../base/path.ts";
import { dirname, resolve } from "node:path";
import { collect, collectPackages } from "../bundle/collect.ts";
import { pack } from "../bundle/pack.ts";
import { build } from "../base/build.ts";
import type { SourceUse } from "../engine/resource.ts";
import { isCompiled } from "../base/own-program.ts";
import { SlothError, UsageError } from "../base/errors.ts";
import { printable } from "../base/printable.ts";
import { textSink } from "../report/sink.ts";
import { openHost } from "../system/host.ts";
import type { System } from "../system/system.ts";
import { command, type Context } from "../cli/command.ts";
import { operand, text, texts } from "../cli/flags.ts";
import { tellWorkflow } from "../cli/tell-workflow.ts";
import { plainRequest } from "../cli/workflow-command.ts";

export default command({
  summary:
    "Pack a workflow, all it needs and this program into one file that runs where there is neither network nor sloth-runner.",
  details:
    "What the workflow reads is found by a plan on this machine: files beside it, templates, modules that it requires. What only a run on\n" +
    "the far machine would come to is added with --file. What secret.file reads is never packed, and named; it must be on\n" +
    "the far machine, by an absolute path. What is copied lies in the file as it is, readable to whoever has the file.\n" +
    "The file has commands of its own: ./site.run plan, run, list.",
  example:
    "sloth-runner bundle site.lua -o site.run\n" +
    "sloth-runner bundle site.lua -o site.run --for linux-arm64-portable --package nginx_1.22.1-9_arm64.deb",
  args: {
    FILE: operand("Workflow file.", { completes: "file" }),
    out: { ...text("File to write.", "FILE", "file"), short: "o" },
    file: texts("Pack this file or directory too.", "PATH", "file"),
    package: texts("A .deb file that pkg.install then finds without a network.", "FILE", "file"),
    for: text("Build to start with, when the far machine is another: linux-arm64-portable.", "TARGET"),
    builds: text("Directory where sloth-runner-TARGET lies, instead of this program's.", "DIR", "directory"),
    stack: text("Stack to keep the record in, instead of the workflow's own.", "NAME", "stack"),
    values: text("File of values, in YAML, JSON or TOML; packed too.", "FILE", "file"),
    inventory: text("File of hosts and groups; packed too.", "FILE", "file"),
  },

  async run(asked, context) {
    if (asked.out === undefined) throw new UsageError("say where to write the bundle: -o site.run");
    const system = openHost({ mode: "apply" }).writer({ signal: new AbortController().signal });
    const workflow = resolve(asked.FILE);
    const { values, inventory } = asked;
    const needed = await needs(
      { ...plainRequest("plan", workflow), stack: asked.stack, valuesFile: values, inventory },
      context,
    );
    const named = [workflow, values, inventory, ...asked.file]
      .filter((path) => path !== undefined)
      .map((path) => resolve(path));
    for (const path of named)
      if (system.stat(path) === null) throw new SlothError("E_NOT_FOUND", `${path} is not there`);
    const { contents, presence, secret } = needed.sought;
    const collection = await collect({ contents: [...named, ...contents], presence, secret }, system);
    const index = await pack(
      {
        program: program(asked.for, asked.builds, system),
        outfile: resolve(asked.out),
        about: {
          version: build.version,
          target: asked.for ?? build.target,
          stack: needed.stack,
          workflow,
          directory: process.cwd(),
          values: values === undefined ? null : resolve(values),
          inventory: inventory === undefined ? null : resolve(inventory),
        },
        collection,
        packages: await collectPackages(
          asked.package.map((path) => resolve(path)),
          system,
        ),
      },
      system,
    );
    for (const warning of needed.warnings) context.stderr.write(`sloth-runner: ${printable(warning)}\n`);
    const { files, packages, target } = index;
    const [some, others] = [counted(files.length, "file"), counted(packages.length, "package")];
    context.stdout.write(`${asked.out}: ${some}, ${others}, for ${target}\n`);
  },
});

interface Needs {
  readonly stack: string;
  /** Absolute; what the plan read, or looked for. */
  readonly sought: Readonly<Record<SourceUse, ReadonlySet<string>>>;
  readonly warnings: readonly string[];
}

/** What a workflow reads on the machine it is on, found by a plan of it. */
async function needs(request: WorkflowRequest, context: Context): Promise<Needs> {
  const sought = { contents: new Set<string>(), presence: new Set<string>(), secret: new Set<string>() };
  let stack: string | undefined;
  const told = textSink();
  const code = await tellWorkflow(
    request,
    { ...context, stdout: told, stderr: textSink() },
    {
      opensNothing: true,
      onStack: (name) => (stack = name),
      locate(path, use = "contents") {
        sought[use].add(normalPath(path));
        return path;
      },
    },
  );
  if (stack === undefined || (code !== 0 && code !== 1))
    throw new SlothError("E_SCRIPT", "the workflow cannot be planned", {
      hint: `see: sloth-runner plan ${request.file ?? ""}`,
    });
  const secrets = [...sought.secret].map(
    (path) => `${path} is a secret: it is not packed, and must be there on the far machine`,
  );
  return { stack, sought, warnings: [...warningsIn(told.text()), ...secrets] };
}

/** Where the plan ended before a task did: what the task reads behind that is not known. */
function warningsIn(events: string): readonly string[] {
  const parsed = events.split("\n").filter((line) => line !== "");
  return parsed.flatMap((line) => {
    const event: unknown = JSON.parse(line);
    if (typeof event !== "object" || event === null) return [];
    const { type, task, result, reason, error } = Object.fromEntries(Object.entries(event));
    if (type !== "task_done" || (result !== "failed" && result !== "unpredictable")) return [];
    const why = reason ?? error?.message ?? "it fails here";
    return `task ${task} could not be planned to its end (${why}); add with --file what it reads behind that`;
  });
}

function program(target: string | undefined, builds: string | undefined, system: System): string {
  const own = target === undefined || target === build.target;
  if (own && isCompiled()) return process.execPath;
  const name = `sloth-runner-${target ?? build.target}`;
  const directory = builds === undefined ? dirname(process.execPath) : resolve(builds);
  if (system.stat(`${directory}/${name}`)?.type === "file") return `${directory}/${name}`;
  throw new SlothError("E_NO_BUILD", `${directory}/${name} is not there`, {
    hint: `put it there from a release, or build it with: bun scripts/build-binary.ts --target ${target ?? build.target}`,
  });
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
