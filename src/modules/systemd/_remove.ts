import { parentOf } from "../../base/path.ts";
import type { System } from "../../system/system.ts";
import { control, daemonReload } from "../_units/control.ts";
import { isRunning, unitState } from "../_units/state.ts";
import { installs, isShipped, unitFile } from "../_units/unit-files.ts";
import { isTemplate } from "../_units/unit-name.ts";

export async function removeDropIn(path: string, target: System): Promise<void> {
  target.unlink(path);
  const directory = parentOf(path);
  if (target.list(directory).length === 0) target.unlink(directory);
  await daemonReload(target);
}

/** What is shipped comes back from under the file, and goes on as it is: running or not, and enabled by its own [Install]. */
export async function removeUnit(path: string, unit: string, target: System): Promise<void> {
  if (!isShipped(unit, target)) await endUnit(unit, target);
  const enabled = (await unitState(unit, target))?.enabled;
  target.unlink(path);
  await daemonReload(target);
  const shipped = unitFile(unit, target);
  if (enabled === "enabled" && shipped !== null && installs(shipped, target)) await control(["reenable"], unit, target);
}

async function endUnit(unit: string, target: System): Promise<void> {
  await control(["disable"], unit, target);
  if (isRunning(target)) await control(["stop"], isTemplate(unit) ? unit.replace("@.", "@*.") : unit, target);
}
