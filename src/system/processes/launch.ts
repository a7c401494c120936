import fs from "node:fs";
import { pathBytes, printablePath } from "../../base/path-text.ts";
import { SlothError } from "../../base/errors.ts";
import type { Accounts } from "../accounts.ts";
import { byteArgv } from "./byte-argv.ts";
import { childEnvironment, isRuntimes, which, whichUnusable, type Environment } from "./environment.ts";
import { stat as judgedStat, withFollowed } from "../files/judged.ts";
import { stat } from "../files/look.ts";
import { isKernels } from "../files/own-ways.ts";
import type { Output } from "./output.ts";
import { runAs, type RunAs } from "./run-as.ts";
import { attempt, errnoOf } from "../system-error.ts";
import type { Argv, CommandOptions } from "../system.ts";

const O_PATH = 0o10000000;

/** A command with everything found out that can be before it is started. */
export interface Launch {
  /** As the user knows it. */
  readonly name: string;
  readonly argv: Argv;
  readonly argv0: string;
  /** undefined: where we are. */
  readonly cwd: string | undefined;
  /** No user may lead us into another directory by a link than one of his; as who he is he may go where he likes. */
  readonly isJudged: boolean;
  readonly env: Environment;
  readonly ids: RunAs["ids"];
  readonly stdin: Uint8Array | undefined;
}

export type Started = Bun.Subprocess<Uint8Array | "ignore", "pipe" | number, "pipe" | number>;

/** Throws E_COMMAND when it cannot be started: no such command, not executable, no such directory. */
export function prepare(argv: Argv, options: CommandOptions, accounts: Accounts, euid: number): Launch {
  const name = printablePath(argv[0]);
  const isJudged = options.user === undefined && process.platform === "linux";
  if (options.cwd !== undefined) checkDirectory(name, options.cwd, isJudged);
  const as = options.user === undefined ? undefined : runAs(options.user, accounts, euid);
  const env = environmentFor(options, as);
  const program = findProgram(name, argv[0], env["PATH"], options.cwd ?? here());
  const whole = byteArgv(as === undefined ? [program, ...argv.slice(1)] : prefixed(as.prefix, program, argv));
  const stdin = typeof options.stdin === "string" ? Buffer.from(options.stdin) : options.stdin;
  const argv0 = whole[0] === program ? argv[0] : whole[0];
  return { name, argv: whole, argv0, cwd: options.cwd, isJudged, env, ids: as?.ids, stdin };
}

/** In a session and process group of its own, without a terminal to ask on. */
export function start(launch: Launch, stdout: Output, stderr: Output): Started {
  const directory = openDirectory(launch);
  try {
    return Bun.spawn([...launch.argv], {
      argv0: launch.argv0,
      // By its open descriptor, since a path as text would have to be UTF-8.
      ...(directory === undefined ? {} : { cwd: `/proc/${process.pid}/fd/${directory}` }),
      env: launch.env,
      stdin: launch.stdin ?? "ignore",
      stdout: stdout.childEnd,
      stderr: stderr.childEnd,
      detached: true,
      ...launch.ids,
    });
  } catch (error) {
    throw startError(launch, error);
  } finally {
    if (directory !== undefined) fs.closeSync(directory);
  }
}

function openDirectory({ name, cwd, isJudged }: Launch): number | undefined {
  if (cwd === undefined) return undefined;
  if (!isJudged || isKernels(cwd)) return fs.openSync(pathBytes(cwd), O_PATH);
  return attempt(`run ${name} in`, cwd, () => withFollowed(cwd, (held) => fs.openSync(held, O_PATH)));
}

function prefixed(prefix: readonly string[], program: string, argv: Argv): Argv {
  const [first = program, ...rest] = prefix;
  return prefix.length === 0 ? [program, ...argv.slice(1)] : [first, ...rest, program, ...argv.slice(1)];
}

function environmentFor(options: CommandOptions, as: RunAs | undefined): Environment {
  const asked = Object.entries(options.env ?? {});
  const taken = new Set(asked.filter(([, value]) => value === null).map(([name]) => name));
  const given = asked.flatMap(([name, value]) => (value === null ? [] : [[name, value] as const]));
  const all = { ...(as?.env ?? childEnvironment()), ...Object.fromEntries(given) };
  return Object.fromEntries(Object.entries(all).filter(([name]) => !taken.has(name) && !isRuntimes(name)));
}

function here(): string {
  try {
    return process.cwd();
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return "/";
  }
}

function checkDirectory(name: string, cwd: string, isJudged: boolean): void {
  const found = isJudged ? judgedStat(cwd) : stat(cwd);
  if (found?.type === "directory") return;
  const what = found === null ? "does not exist" : "is not a directory";
  throw new SlothError("E_COMMAND", `cannot run ${name}: the working directory ${printablePath(cwd)} ${what}`);
}

function findProgram(name: string, program: string, path: string | undefined, cwd: string): string {
  const found = which(program, path, cwd);
  if (found !== null) return found;
  const unusable = whichUnusable(program, path, cwd);
  if (unusable === null) throw new SlothError("E_COMMAND", `command not found: ${name}`);
  const what = stat(unusable)?.type === "directory" ? "a directory" : "not executable";
  throw new SlothError("E_COMMAND", `cannot run ${name}: ${printablePath(unusable)} is ${what}`);
}

const REASONS: { readonly [errno: string]: string } = {
  ENOENT: "the interpreter it names is not there",
  EACCES: "the system does not permit it (a noexec mount, a directory on the way, or its interpreter)",
  EPERM: "the system does not permit it",
  ENOEXEC: "it is not a program for this machine, nor a script with #! on its first line",
  E2BIG: "its arguments and environment are too long",
  EAGAIN: "no more processes are allowed (ulimit -u)",
  ENOMEM: "there is not enough memory",
  EMFILE: "too many files are open (ulimit -n)",
};

function startError(launch: Launch, error: unknown): SlothError {
  const holdsNul = [...launch.argv, ...Object.entries(launch.env).flat()].some((text) => text.includes("\0"));
  const reason = holdsNul ? "an argument or variable holds a NUL byte" : REASONS[errnoOf(error) ?? ""];
  const said = error instanceof Error ? error.message : String(error);
  return new SlothError("E_COMMAND", `cannot run ${launch.name}: ${reason ?? said}`, { cause: error });
}
