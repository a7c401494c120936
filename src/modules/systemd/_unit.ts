import {
  defineResource,
  predictMerged,
  type AnyResource,
  type Diff,
  type Facts,
  type UndoHooks,
  type Example,
} from "../../engine/resource.ts";
import type { Schema } from "../../engine/schema.ts";
import { SlothError } from "../../base/errors.ts";
import type { ReadSystem, System } from "../../system/system.ts";
import { refuseGuess } from "../_kit/paths.ts";
import { control, reloadIfNeeded, requireRunning, starting } from "../_units/control.ts";
import { missingUnit, unitState } from "../_units/state.ts";
import { delivered, isEnabled, STALE } from "../_units/enabled.ts";

/** null: left alone. */
export type UnitWant = {
  readonly unit: string;
  readonly state: "started" | "stopped" | null;
  readonly enabled: boolean | null;
  readonly masked: boolean | null;
};

type UnitFacts = Facts & {
  readonly active?: string | undefined;
  readonly enabled?: string | undefined;
  readonly masked?: boolean | undefined;
};

interface UnitVerb<P> {
  readonly name: `systemd.${string}`;
  readonly summary: string;
  readonly example?: Example;
  readonly schema: Schema<P>;
  readonly want: (props: P) => UnitWant;
  readonly restate?: NonNullable<UndoHooks<UnitWant, UnitFacts>["restate"]>;
}

/** The verbs that keep a unit in a state differ only in what they want of it. */
export function unitResource<P>({ want, restate, ...verb }: UnitVerb<P>): AnyResource {
  return defineResource<P, UnitWant, UnitFacts>({
    ...verb,
    kind: "unit",
    version: 1,
    identity: (props) => want(props).unit,
    want,
    read: readUnit,
    desired: desiredUnit,
    predict: predictMerged,
    apply: applyUnit,
    ...(restate && { undo: { restate } }),
  });
}

/** What is not there neither runs nor starts at boot, and can be masked before it comes. A unit that failed is stopped. */
async function readUnit(want: UnitWant, target: ReadSystem): Promise<UnitFacts> {
  const state = await unitState(want.unit, target);
  if (state === null) return { active: "inactive", enabled: "disabled", masked: false };
  const active = want.state === "stopped" && state.active === "failed" ? "inactive" : state.active;
  return { active, enabled: await delivered(want.enabled, state, target), masked: state.masked };
}

async function desiredUnit(
  want: UnitWant,
  actual: UnitFacts | null,
  target: ReadSystem,
): Promise<Partial<UnitFacts> | "asis"> {
  const masked = want.masked ?? undefined;
  if (actual === null) return "asis";
  if (target.predicted("unit", want.unit) === undefined && (await unitState(want.unit, target)) === null) {
    if (want.state === "started" || want.enabled === true) return missingUnit(want.unit, target);
    refuseGuess(target, { kind: "unit", name: want.unit });
  }
  if (want.masked !== false && actual.masked === true) refuseMasked(want);
  return { active: desiredActive(want, actual, target), enabled: desiredEnabled(want, actual), masked };
}

/** One that reloads is started. */
function desiredActive({ unit, state }: UnitWant, { active }: UnitFacts, target: ReadSystem): string | undefined {
  if (state === null) return undefined;
  if (state === "stopped") return "inactive";
  if (active === "active" || active === "reloading") return active;
  requireRunning(target, `starting ${unit}`);
  return "active";
}

const CANNOT_ENABLE: Readonly<Record<string, string>> = {
  static: "is static: it has no [Install] section, and is started by what needs it",
  transient: "is transient: it has no file that could be linked",
  "": "has no unit file",
};
/** What is not started at boot by a link of its own. */
const NOT_ENABLED = [
  "disabled",
  "static",
  "indirect",
  "masked",
  "masked-runtime",
  "linked",
  "linked-runtime",
  "transient",
  "bad",
  "",
];

function desiredEnabled({ unit, enabled: wanted, masked }: UnitWant, facts: UnitFacts): string | undefined {
  const enabled = facts.enabled ?? "";
  if (wanted === null) return undefined;
  if (wanted) {
    if (isEnabled(enabled)) return enabled;
    const why = masked === false && facts.masked === true ? undefined : CANNOT_ENABLE[enabled];
    if (why === undefined) return "enabled";
    throw new SlothError("E_UNIT_STATIC", `${unit} cannot be enabled: it ${why}`);
  }
  if (NOT_ENABLED.includes(enabled)) return enabled;
  if (enabled !== "generated") return "disabled";
  throw new SlothError("E_UNIT_STATIC", `${unit} cannot be disabled: it is generated from another file`);
}

function refuseMasked({ unit, state, enabled }: UnitWant): void {
  if (state !== "started" && enabled !== true) return;
  throw new SlothError("E_UNIT_MASKED", `${unit} is masked`, { hint: "masked = false takes the mask off" });
}

/** In the order in which each step is possible: a mask forbids starting and enabling. Values come from the diff, as an undo has its own. */
async function applyUnit(want: UnitWant, diff: Diff<UnitFacts>, target: System): Promise<void> {
  const to = new Map(diff.changes.map((change) => [change.property, change.to]));
  const there = await unitState(want.unit, target);
  const unit = there?.id ?? want.unit;
  if (to.get("masked") === false) await unmask(unit, there?.enabled, target);
  const isWanted = isEnabled(to.get("enabled")) || (await unitState(unit, target)) !== null; // a mask may have been all there was
  if (to.has("enabled") && isWanted) await setEnabled(unit, diff, target);
  if (to.get("active") === "active") await start(unit, target);
  else if (to.has("active") && there !== null) await control(["stop"], unit, target);
  if (to.get("masked") === true) await control(["mask"], unit, target);
}

async function setEnabled(unit: string, { actual, desired }: Diff<UnitFacts>, target: System): Promise<void> {
  await reloadIfNeeded(unit, target);
  const runtime = actual?.enabled?.endsWith("-runtime") === true ? ["--runtime"] : [];
  const enable = actual?.enabled === STALE ? ["reenable"] : ["enable"];
  await control(isEnabled(desired?.enabled) ? enable : ["disable", ...runtime], unit, target);
}

/** A mask until the next boot has to be named as such. */
async function unmask(unit: string, enabled: string | undefined, target: System): Promise<void> {
  await control(["unmask", ...(enabled === "masked-runtime" ? ["--runtime"] : [])], unit, target);
}

async function start(unit: string, target: System): Promise<void> {
  await starting("start", unit, target);
  const state = await unitState(unit, target);
  const ends = state?.properties.get("Type") === "oneshot" && state.properties.get("RemainAfterExit") === "no";
  if (!ends || state.active === "active") return;
  throw new SlothError(
    "E_UNIT_ONESHOT",
    `${unit} did its work and ended, as it is of type oneshot: it never stays started`,
    {
      hint: "use systemd.start, or give the unit RemainAfterExit=yes",
    },
  );
}
