import { utf8Text } from "../../base/byte-text.ts";
import { didYouMean } from "../../base/nearest.ts";
import { SlothError } from "../../base/errors.ts";
import { mustSucceed } from "../../system/processes/command.ts";
import type { Argv, ReadSystem } from "../../system/system.ts";
import { refuseGuess } from "../_kit/paths.ts";
import { installs, OWN_DIRECTORY, unitFile } from "./unit-files.ts";
import { isTemplate } from "./unit-name.ts";

/** A unit as systemd sees it. */
export interface UnitState {
  /** Its own name, where it was asked for by an alias. */
  readonly id: string;
  /** "active", "inactive", "failed", "activating", … */
  readonly active: string;
  /** UnitFileState: "enabled", "disabled", "static", "masked", "generated", …; "" when there is no file. */
  readonly enabled: string;
  readonly masked: boolean;
  /** All properties that were asked for, by systemd's names. */
  readonly properties: ReadonlyMap<string, string>;
}

const SHOWN =
  "Id,Names,Description,LoadState,LoadError,ActiveState,SubState,UnitFileState,FragmentPath,SourcePath," +
  "NeedDaemonReload,Type,RemainAfterExit,Result,InactiveExitTimestamp,MainPID";
/** After so many units asked for one by one, all are asked for at once. */
const FEW = 16;

/** systemd runs here and can be asked: not so in a chroot or while a container is built. */
export function isRunning(target: ReadSystem): boolean {
  return target.stat("/run/systemd/system")?.type === "directory";
}

export function requireSystemd(target: ReadSystem): void {
  if (target.which("systemctl") !== null) return;
  throw new SlothError("E_NO_SYSTEMD", "there is no systemd on this machine: systemctl is missing");
}

/** null: there is no such unit. Kept until something is changed on the machine. */
export async function unitState(unit: string, target: ReadSystem): Promise<UnitState | null> {
  requireSystemd(target);
  const asked = await target.cached("systemd units", () => Promise.resolve(new Asked()));
  const known = await asked.unit(unit, target);
  return target.unknownBecause() === undefined ? (known ?? fromFile(unit, target)) : planned(known, unit, target);
}

/** Throws with the closest name of a unit file. In plan an earlier step may bring the unit. */
export async function missingUnit(unit: string, target: ReadSystem): Promise<never> {
  refuseGuess(target, { kind: "unit", name: unit });
  const hint = didYouMean(unit, await unitFiles(target)) ?? "`systemctl list-unit-files` shows the ones there are";
  const error = new SlothError("E_UNIT_MISSING", `there is no unit ${unit} on this machine`, { hint });
  throw Object.assign(error, { isCertain: true });
}

export async function unitFiles(target: ReadSystem): Promise<readonly string[]> {
  const argv: Argv = ["systemctl", "list-unit-files", "--plain", "--no-legend", "--no-pager", "--full"];
  const lines = utf8Text((await target.query(argv)).stdout).split("\n");
  return lines.map((line) => line.split(" ")[0] ?? "").filter((name) => name !== "");
}

/** What was asked of systemd since the last change. */
class Asked {
  private readonly units = new Map<string, Promise<UnitState | null>>();
  private all: Promise<ReadonlyMap<string, UnitState>> | undefined;

  async unit(unit: string, target: ReadSystem): Promise<UnitState | null> {
    const known = this.units.get(unit);
    if (known !== undefined) return known;
    if (!isRunning(target) || isTemplate(unit)) return fileState(unit, target);
    if (this.units.size >= FEW) {
      this.all ??= showAll(target);
      const found = (await this.all).get(unit);
      if (found !== undefined) return found;
    }
    const shown = showOne(unit, target);
    this.units.set(unit, shown);
    shown.catch(() => this.units.delete(unit));
    return shown;
  }
}

async function showOne(unit: string, target: ReadSystem): Promise<UnitState | null> {
  const [state] = await show(["--", unit], target);
  if (state === undefined || state.properties.get("LoadState") === "not-found") return null;
  return state.enabled === "generated" ? { ...state, enabled: await generatedState(unit, target) } : state;
}

/** Only units that are loaded; by every name they have. */
async function showAll(target: ReadSystem): Promise<ReadonlyMap<string, UnitState>> {
  const states = (await show(["*"], target)).filter(
    ({ properties, enabled }) => properties.get("LoadState") !== "not-found" && enabled !== "generated",
  );
  return new Map(states.flatMap((state) => namesOf(state).map((name) => [name, state] as const)));
}

async function show(units: readonly string[], target: ReadSystem): Promise<readonly UnitState[]> {
  const argv: Argv = ["systemctl", "show", "--no-pager", `--property=${SHOWN}`, ...units];
  const { stdout } = mustSucceed(argv, await target.query(argv));
  return stdout
    .split("\n\n")
    .filter((block) => block.trim() !== "")
    .map(parseState);
}

export function parseState(block: string): UnitState {
  const lines = block.split("\n").filter((line) => line.includes("="));
  const properties = new Map(
    lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
  const enabled = properties.get("UnitFileState") ?? "";
  return {
    id: properties.get("Id") ?? "",
    active: properties.get("ActiveState") ?? "unknown",
    enabled,
    masked: properties.get("LoadState") === "masked" || enabled.startsWith("masked"),
    properties,
  };
}

function namesOf({ id, properties }: UnitState): readonly string[] {
  return [id, ...(properties.get("Names") ?? "").split(" ")];
}

/** Of a unit made from an init script, whether that is linked into the runlevels. */
async function generatedState(unit: string, target: ReadSystem): Promise<string> {
  const { stdout } = await target.query(["systemctl", "is-enabled", "--", unit]);
  return utf8Text(stdout).trim().split("\n").at(-1) || "generated";
}

/** From the unit files alone, where systemd does not run or the name is a template's. */
async function fileState(unit: string, target: ReadSystem): Promise<UnitState | null> {
  const options = isRunning(target) ? undefined : { env: { SYSTEMD_OFFLINE: "1" } };
  const { stdout } = await target.query(["systemctl", "is-enabled", "--", unit], options);
  const enabled = utf8Text(stdout).trim().split("\n").at(-1) ?? "";
  if (enabled === "" || enabled === "not-found") return null;
  return { id: unit, active: "inactive", enabled, masked: enabled.startsWith("masked"), properties: new Map() };
}

/** A unit file that systemd does not know yet: it was not told to read it, or in plan an earlier call would write it. */
function fromFile(unit: string, target: ReadSystem): UnitState | null {
  const path = unitFile(unit, target);
  if (path === null) return null;
  return { id: unit, active: "inactive", enabled: enabledBy(path, target), masked: false, properties: new Map() };
}

/** In plan, a file in /etc may be one that an earlier call would write: over a mask, over a shipped one, or with another [Install]. */
function planned(known: UnitState | null, unit: string, target: ReadSystem): UnitState | null {
  const path = `${OWN_DIRECTORY}/${unit}`;
  if (known === null) return fromFile(unit, target);
  if (known.enabled.endsWith("-runtime") || target.lstat(path)?.type !== "file") return known;
  const changes = ["static", "disabled", "indirect", "masked", ""].includes(known.enabled);
  return changes ? { ...known, enabled: enabledBy(path, target), masked: false } : known;
}

/** Of a unit that nothing links. */
function enabledBy(path: string, target: ReadSystem): string {
  return installs(path, target) ? "disabled" : "static";
}
