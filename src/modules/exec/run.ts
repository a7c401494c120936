import { toText, utf8Text } from "../../base/byte-text.ts";
import { defineAction, type Source } from "../../engine/resource.ts";
import type { CommandOptions, CommandResult, ReadSystem } from "../../system/system.ts";
import { searching } from "../_kit/patterns.ts";
import { printablePath } from "../../base/path-text.ts";
import { bytesOf, bytesValue } from "../_kit/bytes.ts";
import { besideWorkflow, refuseGuess } from "../_kit/paths.ts";
import { sealAll, unsealAll } from "../_kit/sealed.ts";
import { exitError } from "./exit-error.ts";
import { isNeeded, placeOf } from "./needed.ts";
import { runSchema, type RunProps } from "./schema.ts";
import { shellOrArgv, type RunWant } from "./want.ts";

/** Runs a command; it counts as a change unless it says otherwise. */
export const run = defineAction<RunProps, RunWant>({
  name: "exec.run",
  summary: "Runs a command. Another exit code than 0 fails, unless `ok_codes` lists it.",
  example: `
    -- Done once: the file it makes tells that it was.
    exec.run{ cmd = "openssl rand -hex 32 > /etc/app/key", creates = "/etc/app/key" }

    -- Only looks, so a plan asks too.
    local kernel = exec.run{ argv = { "uname", "-r" }, read_only = true }
    print(kernel.stdout)

    -- Another exit code than 0 is an answer here, not a failure.
    local found = exec.run{ argv = { "grep", "-q", "debug", "/etc/app/app.conf" }, ok_codes = { 0, 1 }, read_only = true }
    print(found.exit_code == 0)
  `,
  schema: runSchema,
  results: [
    { name: "exit_code", type: "integer", summary: "What it ended with." },
    {
      name: "stdout",
      type: "string",
      summary: "What it wrote to standard output, all of it: a command that writes more than 64 MiB is stopped.",
    },
    { name: "stderr", type: "string", summary: "What it wrote to standard error." },
  ],
  title: (props) => props.name ?? oneLine(props),
  want: toWant,
  readOnly: (want) => want.readOnly,
  needed: isNeeded,

  async run(want, target, inputs) {
    const options: CommandOptions = {
      ...placeOf(want),
      env: await unsealAll(want.env, inputs),
      stdin: want.stdin === null ? undefined : await inputs.read(want.stdin),
    };
    if (want.readOnly) refuseGuess(target);
    const result = await (want.readOnly ? target.query(want.argv, options) : target.run(want.argv, options));
    if (!want.okCodes.includes(result.exitCode)) throw exitError(result, want.sensitive);
    return {
      changed: await isChange(want, result, target),
      value: { exit_code: result.exitCode, stdout: bytesValue(result.stdout), stderr: bytesValue(result.stderr) },
    };
  },
});

function toWant(props: RunProps, source: Source): RunWant {
  const shell = props.shell ?? "/bin/sh";
  const when = props.changed_when ?? true;
  return {
    argv: shellOrArgv(props.cmd ?? props.argv ?? [], shell),
    creates: props.creates ?? null,
    removes: props.removes ?? null,
    unless: props.unless === undefined ? null : shellOrArgv(props.unless, shell),
    onlyif: props.onlyif === undefined ? null : shellOrArgv(props.onlyif, shell),
    cwd: props.cwd === undefined ? null : besideWorkflow(props.cwd, source),
    env: sealAll(props.env, source),
    stdin: props.stdin === undefined ? null : source.hold(props.stdin),
    user: props.user ?? null,
    okCodes: props.ok_codes ?? [0],
    changedWhen:
      typeof when === "boolean" ? when : { exitCodes: when.exit_codes ?? null, stdout: when.stdout_matches ?? null },
    readOnly: props.read_only ?? false,
    sensitive: source.sensitive,
  };
}

function oneLine(props: RunProps): string {
  const words = props.cmd === undefined ? (props.argv ?? []) : [props.cmd];
  const whole = words
    .map((word) => toText(bytesOf(word)))
    .join(" ")
    .trim();
  const first = printablePath(whole.split("\n")[0] ?? "");
  return first.length > 80 || whole.includes("\n") ? `${first.slice(0, 79)}…` : first;
}

function isChange(want: RunWant, result: CommandResult, target: ReadSystem): boolean | Promise<boolean> {
  const when = want.changedWhen;
  if (want.readOnly) return false;
  if (typeof when === "boolean") return when;
  if (when.exitCodes !== null && !when.exitCodes.includes(result.exitCode)) return false;
  const expected = when.stdout;
  if (expected === null) return true;
  const said = utf8Text(result.stdout);
  return searching(target, "what the command said", (patterns) =>
    patterns.tester(new RegExp(expected, "m"), [said])(said),
  );
}
