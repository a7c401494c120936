import { resolve } from "node:path";
import type { Schedule } from "../../schedule/schedule.ts";
import { isCompiled } from "../../base/own-program.ts";
import { UsageError } from "../../base/errors.ts";
import { databasePath } from "../../store/place.ts";
import { stackOf } from "../../cli/stack-of.ts";
import { command } from "../../cli/command.ts";
import { duration, flag, operand, shared, text } from "../../cli/flags.ts";
import { scheduler } from "./_scheduler.ts";

const LEAST_MS = 60_000;

export default command({
  summary: "Run a workflow again and again, without a daemon.",
  details:
    "Writes a systemd service and timer (for the user when that is not root), or a file for cron where there is no systemd.\n" +
    "What each run did is in the stack's history; when one fails, a unit is started that says so in the journal.",
  example:
    "sloth-runner schedule add /srv/site.lua --every 30m\n" +
    "sloth-runner schedule add /srv/site.lua --every 1d --drift-only --on-failure alert@%n.service",
  args: {
    FILE: operand("Workflow file.", { completes: "file" }),
    every: duration("Time between the end of one run and the start of the next."),
    "drift-only": flag("Only look for drift, and fail where there is some; nothing is changed."),
    name: text("Name of the schedule, instead of the stack's.", "NAME"),
    stack: text("Stack to keep the record in, instead of the workflow's own.", "NAME", "stack"),
    values: text("File of values, in YAML, JSON or TOML.", "FILE", "file"),
    identity: shared.identity(),
    "on-failure": text("Unit to start when a run fails, instead of one that writes to the journal.", "UNIT"),
    db: shared.db(),
    "dry-run": shared.dryRun(),
  },

  async run(asked, context) {
    const {
      FILE: file,
      every: everyMs,
      values,
      identity,
      db,
      "drift-only": driftOnly,
      "on-failure": onFailure,
    } = asked;
    if (everyMs === undefined || everyMs < LEAST_MS) throw new UsageError("--every is needed, of at least 1m");
    const stack = await stackOf({ file, stack: asked.stack, valuesFile: values }, context);
    const database = resolve(databasePath(db));
    const flags = [
      ...(values === undefined ? [] : ["--values", resolve(values)]),
      ...identity.flatMap((path) => ["--identity", resolve(path)]),
    ];
    const doing = driftOnly
      ? ["stack", "drift", stack, "--detailed-exitcode"]
      : ["run", resolve(file), "--stack", stack, ...flags];
    const schedule: Schedule = {
      name: asked.name ?? defaultName(stack, driftOnly),
      every: shown(everyMs),
      everyMs,
      stack,
      driftOnly,
      file: resolve(file),
      database,
      argv: [...program(), ...doing, "--db", database],
      onFailure,
    };
    const written = await scheduler(asked["dry-run"] ? "plan" : "apply").add(schedule);
    const verb = asked["dry-run"] ? "would write" : "wrote";
    const told = written.length === 0 ? ["nothing to change"] : written.map((path) => `${verb} ${path}`);
    context.stdout.write(`${[...told, `${schedule.name}: every ${schedule.every}`].join("\n")}\n`);
  },
});

function defaultName(stack: string, driftOnly: boolean): string {
  const name = stack.replaceAll(/[^A-Za-z0-9_-]/g, "-");
  return driftOnly ? `${name}-drift` : name;
}

/** Ourselves; from source, Bun with our first file. */
function program(): readonly string[] {
  return isCompiled() ? [process.execPath] : [process.execPath, Bun.main];
}

function shown(ms: number): string {
  const units = [
    [86_400_000, "d"],
    [3_600_000, "h"],
    [60_000, "m"],
  ] as const;
  const [size, unit] = units.find(([length]) => ms % length === 0) ?? [1000, "s"];
  return `${ms / size}${unit}`;
}
