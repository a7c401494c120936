import { pause } from "../../base/pause.ts";
import { utf8Text } from "../../base/byte-text.ts";
import { SlothError } from "../../base/errors.ts";
import type { Argv, CommandResult, ReadSystem, System } from "../../system/system.ts";
import { requireRoot } from "../_accounts/tools.ts";
import { inEnglish } from "./_ask.ts";
import { lockHolder, programOf, type LockHolder } from "./_lock-holder.ts";
import type { Manager } from "./_manager.ts";

const LOOK_AGAIN_MS = 500;
const LINES = 5;
const LINES_AFTER = 2;

/**
 * Runs a command of the package manager to its end: never killed, never asking, and after whoever else is at work, for whom it waits
 * up to `lockTimeoutMs`.
 */
export async function transact(manager: Manager, argv: Argv, target: System, lockTimeoutMs: number): Promise<void> {
  requireRoot(target, "packages");
  const env = { ...inEnglish.env, ...manager.env };
  const until = performance.now() + lockTimeoutMs;
  for (;;) {
    const result = await target.run(argv, { env, mustFinish: true });
    const said = utf8Text(result.stderr) + utf8Text(result.stdout);
    const succeeded = manager.succeeded?.(result) ?? result.exitCode === 0;
    const locked = succeeded ? null : manager.lock.message.exec(said);
    if (locked === null) return judge(manager, argv, result, succeeded);
    const holder = holderOf(manager, locked, target);
    if (holder === undefined && manager.lock.byPresence === true) throw leftLocked(manager);
    if (performance.now() >= until) throw stillLocked(holder, lockTimeoutMs);
    await pause(LOOK_AGAIN_MS, target.signal);
  }
}

function judge(manager: Manager, argv: Argv, result: CommandResult, succeeded: boolean): void {
  const [stdout, stderr] = [utf8Text(result.stdout), utf8Text(result.stderr)];
  const failure = scriptFailure(manager, stdout, stderr) ?? scriptFailure(manager, stderr, stdout);
  if (failure !== undefined) throw failure;
  if (succeeded) return;
  const said = [...lastOf(stdout), ...lastOf(stderr)].join("\n");
  const why = reasons.find(({ sign }) => sign.test(said));
  const hint = argv === manager.refresh ? (why?.ofIndex ?? why?.hint) : why?.hint;
  throw new SlothError(why?.code ?? "E_PACKAGE_MANAGER", `${argv[0]} ended with ${result.exitCode}: ${said}`, { hint });
}

/** Quotes what the script said: it stands before the manager's own words, or in the other stream. */
function scriptFailure(manager: Manager, said: string, other: string): SlothError | undefined {
  const found = manager.scriptFailed.exec(said);
  if (found === null) return undefined;
  const before = lastOf(said.slice(0, found.index));
  const after = said.slice(found.index).trim().split("\n").slice(0, LINES_AFTER);
  const quoted = [...(before.length > 0 ? before : lastOf(other)), ...after].join("\n");
  return new SlothError("E_PACKAGE_SCRIPT", `a package's own script failed: ${quoted}`);
}

function lastOf(text: string): readonly string[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "" && !NOISE.test(line));
  return lines.slice(-LINES);
}

const NOISE =
  /^(?:Reading (?:package lists|state)|Building dependency tree|debconf: delaying|Additional rpm output|rpm: )/;

/** Of those that have a cure; the first one counts. */
const reasons: readonly {
  readonly sign: RegExp;
  readonly code: string;
  readonly hint: string;
  readonly ofIndex?: string;
}[] = [
  {
    sign: /\b404\b.*Not Found|Status code: 404|error: 404/i,
    code: "E_PACKAGE_GONE",
    hint: "the index is old: fetch it first, with update_cache = true or pkg.update",
    ofIndex: "a repository is not where this machine looks for it: its address or suite is wrong, or it is gone",
  },
  {
    sign: /Network is unreachable|Temporary failure resolving|Could not resolve host|Could not connect|Connection (?:refused|timed out)|Curl error|Failed to (?:fetch|download|retrieve)|No route to host|temporary error/i,
    code: "E_NETWORK",
    hint: "a package repository cannot be reached from this machine",
  },
];

function holderOf(manager: Manager, message: RegExpExecArray, target: ReadSystem): LockHolder | undefined {
  const { pid, program } = message.groups ?? {};
  if (pid === undefined) return lockHolder(manager.lock.files, target);
  return { pid: Number(pid), program: program ?? programOf(Number(pid), target) };
}

function stillLocked(holder: LockHolder | undefined, waitedMs: number): SlothError {
  const who = holder === undefined ? "another process" : `${holder.program || "a process"} (pid ${holder.pid})`;
  const message = `the package database is locked by ${who}, still after ${waitedMs / 1000} s`;
  return new SlothError("E_PACKAGE_LOCK", message, { hint: "wait for it to end, or longer with lock_timeout" });
}

function leftLocked(manager: Manager): SlothError {
  const [file = ""] = manager.lock.files;
  return new SlothError(
    "E_PACKAGE_LOCK",
    `${file} is there, and no process has it open: a ${manager.name} was killed`,
    {
      hint: `when none is running, remove ${file}`,
    },
  );
}
