import {
  contents,
  dictionary,
  either,
  flag,
  integer,
  list,
  object,
  openText,
  optional,
  path,
  text,
  type Contents,
  type Props,
} from "../../engine/schema.ts";
import { toError } from "../../base/errors.ts";
import { bytesOf } from "../_kit/bytes.ts";

const NO_SECRET = "which would be seen in the process list; hand it over by 'env' or 'stdin'";

const guard = (summary: string) =>
  optional(either(summary, text(""), list("", text("")), "a command: a string for the shell or a list of arguments"));
const exitCode = integer("An exit code.", 0, 255);

const changedWhen = either(
  "Whether it changed something, which is otherwise taken for granted: said outright, or by both the exit code and an expression that standard output matches.",
  flag(""),
  object({
    exit_codes: optional(list("Exit codes that mean a change.", exitCode)),
    stdout_matches: optional(text("An ECMAScript regular expression, multi-line.")),
  }),
  "true, false or a table with exit_codes or stdout_matches",
);

export const runSchema = object(
  {
    name: optional(text("What it does, for whoever reads the run.")),
    cmd: optional(openText("A command line for `/bin/sh -c`.", NO_SECRET)),
    argv: optional(list("A program and its arguments, run without a shell.", openText("One argument.", NO_SECRET))),
    shell: optional(path("Another shell for `cmd`, `unless` and `onlyif`.")),
    creates: optional(path("Not run when this path is there; relative to `cwd`.")),
    removes: optional(path("Not run when this path is not there; relative to `cwd`.")),
    unless: guard("Not run when this command succeeds."),
    onlyif: guard("Run only when this command succeeds."),
    cwd: optional(path("Directory to run in; relative to the workflow.")),
    env: optional(dictionary("Variables added to the environment; may be secrets.", contents("A value."))),
    stdin: optional(contents("Standard input; may be a secret. Empty when absent.")),
    user: optional(text("Run as this user.")),
    ok_codes: optional(list("Exit codes that are a success. Default: 0 alone.", exitCode)),
    changed_when: optional(changedWhen),
    read_only: optional(flag("It only looks: it runs in plan too and never counts as a change.")),
  },
  fault,
);
export type RunProps = Props<typeof runSchema>;

interface Words {
  readonly cmd?: Contents | undefined;
  readonly argv?: readonly Contents[] | undefined;
  readonly unless?: string | readonly string[] | undefined;
  readonly onlyif?: string | readonly string[] | undefined;
}

function fault(
  props: Words & {
    readonly creates?: string | undefined;
    readonly removes?: string | undefined;
    readonly cwd?: string | undefined;
    readonly env?: { readonly [name: string]: Contents } | undefined;
    readonly changed_when?: boolean | { readonly stdout_matches?: string | undefined } | undefined;
  },
): string | undefined {
  if ((props.cmd === undefined) === (props.argv === undefined)) return "takes either 'cmd' or 'argv'";
  const loose = [props.creates, props.removes].some((path) => path?.startsWith("/") === false);
  if (loose && props.cwd === undefined) return "a relative path in 'creates' or 'removes' needs 'cwd'";
  return wordsFault(props) ?? environmentFault(props.env ?? {}) ?? patternFault(props.changed_when);
}

function wordsFault(props: Words): string | undefined {
  const given = [props.cmd, props.argv, props.unless, props.onlyif].filter((words) => words !== undefined);
  const lists = given.map((words) => (Array.isArray(words) ? words : [words]) as readonly Contents[]);
  const all = lists.flat();
  if (all.some((word) => bytesOf(word).includes(0))) return "a command cannot hold a NUL byte; hand it over by 'stdin'";
  return lists.some(([first]) => first === undefined || first === "") ? "the command is empty" : undefined;
}

function environmentFault(env: { readonly [name: string]: Contents }): string | undefined {
  const name = Object.keys(env).find((key) => key === "" || /[=\0]/.test(key));
  if (name !== undefined) return `'env' has a variable named '${name}', which no system takes`;
  const bytes = Object.keys(env).find((key) => env[key] instanceof Uint8Array);
  return bytes === undefined ? undefined : `'env.${bytes}' is not UTF-8`;
}

function patternFault(
  when: boolean | { readonly stdout_matches?: string | undefined } | undefined,
): string | undefined {
  if (typeof when !== "object" || when.stdout_matches === undefined) return undefined;
  try {
    RegExp(when.stdout_matches, "m");
    return undefined;
  } catch (cause) {
    return `'changed_when.stdout_matches' is not a regular expression: ${toError(cause).message}`;
  }
}
