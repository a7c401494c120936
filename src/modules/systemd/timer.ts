import { utf8Text } from "../../base/byte-text.ts";
import { SlothError } from "../../base/errors.ts";
import { defineResource, predictMerged, type Diff, type Facts } from "../../engine/resource.ts";
import type { ReadSystem, System } from "../../system/system.ts";
import { requireRoot } from "../_accounts/tools.ts";
import { control, daemonReload } from "../_units/control.ts";
import { delivered, STALE } from "../_units/enabled.ts";
import { isRunning, requireSystemd, unitState } from "../_units/state.ts";
import { OWN_DIRECTORY } from "../_units/unit-files.ts";
import { unitName } from "../_units/unit-name.ts";
import { timerSchema, type TimerProps } from "./_timer-schema.ts";
import { timerService, timerUnit } from "./_timer-units.ts";
import { verifyUnit } from "./_verify.ts";

/** Both files whole: they are ours, and small. */
type TimerWant = {
  readonly name: string;
  readonly service: string;
  readonly timer: string;
  readonly user: string | null;
  readonly calendar: string | null;
};

type TimerFacts = Facts & {
  readonly service?: string | undefined;
  readonly timer?: string | undefined;
  readonly running?: boolean | undefined;
  readonly enabled?: boolean | undefined;
};

/** Keeps a command that systemd runs again and again. */
export const timer = defineResource<TimerProps, TimerWant, TimerFacts>({
  name: "systemd.timer",
  kind: "timer",
  version: 1,
  summary: "Keeps a command that systemd runs again and again: a .service and a .timer, checked, enabled and started.",
  example: `
    systemd.timer{
        name = "backup",
        command = { "/bin/true", "--all" },
        on_calendar = "*-*-* 03:30",
        persistent = true,
        randomized_delay = "10m",
    }
  `,
  schema: timerSchema,
  identity: (props) => props.name,
  want: toWant,
  read: readTimer,
  desired: desiredTimer,
  refuse: (target) => requireRoot(target, "unit files"),
  predict: predictMerged,
  apply: applyTimer,

  undo: {
    async remove({ name }, _actual, target) {
      if (isRunning(target)) await control(["stop"], `${name}.timer`, target);
      await control(["disable"], `${name}.timer`, target);
      // Of a persistent one systemd keeps when it last ran.
      for (const path of [pathOf(name, "timer"), pathOf(name, "service"), `${STAMPS}/stamp-${name}.timer`])
        if (target.lstat(path) !== null) target.unlink(path);
      await daemonReload(target);
    },

    restate(name, facts) {
      const { service = "", timer: unit = "", running, enabled } = facts ?? {};
      return {
        want: { name, service, timer: unit, user: null, calendar: null },
        stated: { service, timer: unit, running, enabled },
      };
    },
  },
});

const STAMPS = "/var/lib/systemd/timers";

function toWant(props: TimerProps): TimerWant {
  const plan = {
    description: props.description ?? props.name,
    command: props.command,
    onCalendar: props.on_calendar,
    everyMs: props.every,
    user: props.user,
    directory: props.cwd,
    environment: props.environment,
    persistent: props.persistent,
    delayMs: props.randomized_delay,
    onFailure: props.on_failure === undefined ? undefined : unitName(props.on_failure),
  };
  return {
    name: props.name,
    service: timerService(plan),
    timer: timerUnit(plan),
    user: props.user ?? null,
    calendar: props.on_calendar ?? null,
  };
}

async function readTimer({ name }: TimerWant, target: ReadSystem): Promise<TimerFacts | null> {
  requireSystemd(target);
  const [service, unit] = [textOf(pathOf(name, "service"), target), textOf(pathOf(name, "timer"), target)];
  if (service === "" && unit === "") return null;
  const state = await unitState(`${name}.timer`, target);
  const enabled = state !== null && (await delivered(true, state, target)) === "enabled";
  return { service, timer: unit, running: state?.active === "active", enabled };
}

/** Where systemd does not run a timer can be enabled, and starts with the machine. */
async function desiredTimer(
  want: TimerWant,
  actual: TimerFacts | null,
  target: ReadSystem,
): Promise<Partial<TimerFacts>> {
  const { service, timer: unit } = want;
  if (want.user !== null && target.userId(want.user) === null && !/^\d+$/.test(want.user))
    throw new SlothError("E_UNKNOWN_USER", `there is no user ${want.user}`, {
      hint: "create it before with user.create",
    });
  if (want.calendar !== null && actual?.timer !== unit) await refuseCalendar(want.calendar, target);
  return { service, timer: unit, enabled: true, running: isRunning(target) ? true : undefined };
}

async function refuseCalendar(calendar: string, target: ReadSystem): Promise<void> {
  if (target.which("systemd-analyze") === null) return;
  const { exitCode } = await target.query(["systemd-analyze", "calendar", "--", calendar]);
  if (exitCode === 0) return;
  throw new SlothError("E_FIELD", `'on_calendar' is '${calendar}', which systemd does not take for a time`, {
    hint: "systemd.time(7) tells how times are written",
  });
}

async function applyTimer(want: TimerWant, diff: Diff<TimerFacts>, target: System): Promise<void> {
  requireRoot(target, "unit files");
  const to = new Map(diff.changes.map(({ property, to: value }) => [property, value]));
  for (const kind of ["service", "timer"] as const) {
    const text = to.get(kind);
    if (typeof text === "string") await write(pathOf(want.name, kind), text, target);
  }
  if (to.has("service") || to.has("timer")) await daemonReload(target);
  const unit = `${want.name}.timer`;
  if (to.has("enabled")) await setEnabled(unit, to.get("enabled") === true, target);
  if (!isRunning(target)) return;
  const runs = to.get("running") ?? diff.desired?.running;
  if (runs === false) await control(["stop"], unit, target);
  else if (runs === true && (to.has("timer") || to.has("running"))) await control(["restart"], unit, target);
}

/** An undo of a file that was not there takes it away. */
async function write(path: string, text: string, target: System): Promise<void> {
  if (text === "") return target.lstat(path) === null ? undefined : target.unlink(path);
  const bytes = Buffer.from(text);
  await verifyUnit(path, bytes, target);
  await target.writeFile(path, bytes, { mode: 0o644, owner: "root", group: "root" });
}

async function setEnabled(unit: string, enabled: boolean, target: System): Promise<void> {
  const state = await unitState(unit, target);
  const isStale = state !== null && (await delivered(true, state, target)) === STALE;
  await control([enabled ? (isStale ? "reenable" : "enable") : "disable"], unit, target);
}

function pathOf(name: string, kind: "service" | "timer"): string {
  return `${OWN_DIRECTORY}/${name}.${kind}`;
}

function textOf(path: string, target: ReadSystem): string {
  return target.stat(path)?.type === "file" ? utf8Text(target.readFile(path)) : "";
}
