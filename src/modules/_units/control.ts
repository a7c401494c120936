import { utf8Text } from "../../base/byte-text.ts";
import { SlothError } from "../../base/errors.ts";
import type { Argv, CommandResult, ReadSystem, System } from "../../system/system.ts";
import { isRunning, missingUnit, unitState, type UnitState } from "./state.ts";

const LINES = 10;

/** Runs a verb of systemctl on a unit; a failure says what the unit's own journal says. */
export async function control(verbs: readonly string[], unit: string, target: System): Promise<void> {
  const argv: Argv = ["systemctl", "--no-ask-password", ...verbs, "--", unit];
  const env = { LC_ALL: "C", SYSTEMD_COLORS: "0", ...(isRunning(target) ? {} : { SYSTEMD_OFFLINE: "1" }) };
  const result = await target.run(argv, { env });
  if (result.exitCode !== 0) throw await failure(verbs[0] ?? "", unit, result, target);
}

/** As `control`, of verbs that start a unit: what fails right after its process was started counts too. */
export async function starting(verb: "start" | "restart" | "reload", unit: string, target: System): Promise<void> {
  await reloadIfNeeded(unit, target);
  await control([verb], unit, target);
  if ((await unitState(unit, target))?.active !== "failed") return;
  throw await explained(`${unit} failed right after the ${verb}`, unit, target);
}

export async function daemonReload(target: System): Promise<void> {
  if (!isRunning(target)) return;
  const result = await target.run(["systemctl", "--no-ask-password", "daemon-reload"], { env: { LC_ALL: "C" } });
  if (result.exitCode !== 0) throw refusal("daemon-reload", "", utf8Text(result.stderr));
}

/** Its file was changed since systemd read it. */
export async function reloadIfNeeded(unit: string, target: System): Promise<void> {
  const state = await unitState(unit, target);
  if (state?.properties.get("NeedDaemonReload") === "yes") await daemonReload(target);
}

/** Of a unit that has to be there. */
export async function existingUnit(unit: string, target: ReadSystem): Promise<UnitState> {
  return (await unitState(unit, target)) ?? missingUnit(unit, target);
}

/** What only a running systemd can do. */
export function requireRunning(target: ReadSystem, what: string): void {
  if (isRunning(target)) return;
  throw new SlothError("E_SYSTEMD_OFFLINE", `${what} cannot be done: systemd does not run here`, {
    hint: "in a container build or a chroot a unit can be enabled, so that it starts with the machine",
  });
}

async function failure(verb: string, unit: string, result: CommandResult, target: System): Promise<SlothError> {
  const said = utf8Text(result.stderr).trim() || utf8Text(result.stdout).trim();
  if (/attempted too often/.test(said)) return startLimit(unit);
  const isJob = /^Job for .* failed/m.test(said);
  return isJob ? explained(firstLine(said), unit, target) : refusal(verb, unit, said);
}

/** Then nothing was tried, and what the journal says is of an earlier start; only there systemd says why. */
const LIMITED = /^.*: Start request repeated too quickly\.$/m;

function startLimit(unit: string): SlothError {
  return new SlothError(
    "E_START_LIMIT",
    `${unit} failed too often in a short time, so systemd does not start it for now`,
    {
      hint: `once its cause is mended, \`systemctl reset-failed ${unit}\` lets it start again; journalctl --unit=${unit} shows why it failed`,
    },
  );
}

function refusal(verb: string, unit: string, said: string): SlothError {
  const denied = /authentication required|Access denied|Permission denied/i.test(said);
  const what = `systemctl ${verb} ${unit}`.trim();
  if (denied) return new SlothError("E_ACCESS", `${what} is not allowed to us: ${said}`, { hint: "run it with sudo" });
  return new SlothError("E_UNIT_FAILED", `${what}: ${said === "" ? "failed and said nothing" : said}`);
}

/** With the last lines that this start of the unit left in the journal. */
async function explained(what: string, unit: string, target: System): Promise<SlothError> {
  const lines = await journal(unit, target);
  if (LIMITED.test(lines)) return startLimit(unit);
  const message = lines === "" ? what : `${what}\n${lines}`;
  return new SlothError("E_UNIT_FAILED", message, { hint: `journalctl --unit=${unit} shows more` });
}

/**
 * By unit and time, not by invocation: what a process said right before it died reaches the journal when systemd has already
 * forgotten the number of that invocation.
 */
async function journal(unit: string, target: System): Promise<string> {
  if (target.which("journalctl") === null) return "";
  await target.query(["journalctl", "--sync"]);
  const started = (await unitState(unit, target))?.properties.get("InactiveExitTimestamp") ?? "";
  const since = started === "" ? [] : [`--since=${started}`];
  const argv: Argv = [
    "journalctl",
    "--no-pager",
    "--quiet",
    "--output=cat",
    `--lines=${LINES}`,
    `--unit=${unit}`,
    ...since,
  ];
  return utf8Text((await target.query(argv)).stdout).trim();
}

function firstLine(text: string): string {
  return (text.split("\n")[0] ?? "").replace(/\.$/, "");
}
