import { SlothError } from "../../base/errors.ts";
import { control, requireRunning, starting } from "../_units/control.ts";
import { delivered, isEnabled, STALE } from "../_units/enabled.ts";
import { unitFiles, unitState } from "../_units/state.ts";
import { unitName } from "../_units/unit-name.ts";
import type { Init } from "./_init.ts";

export const systemd: Init = {
  name: "systemd",

  async look(name, target) {
    const state = await unitState(unitName(name), target);
    if (state === null) return null;
    const enabled = isEnabled(await delivered(true, state, target));
    return { running: ["active", "reloading"].includes(state.active), enabled };
  },

  names: unitFiles,

  async refuse(name, asked, target) {
    const unit = unitName(name);
    if (asked.running === true) requireRunning(target, `starting ${unit}`);
    const state = await unitState(unit, target);
    if (state?.masked === true && (asked.running === true || asked.enabled === true))
      throw new SlothError("E_UNIT_MASKED", `${unit} is masked`, { hint: "systemd.unmask takes the mask off" });
    if (asked.enabled !== undefined && CANNOT_CHANGE.includes(state?.enabled ?? "disabled"))
      throw new SlothError(
        "E_UNIT_STATIC",
        `${unit} is ${state?.enabled || "without a file"}, so it cannot be enabled or disabled`,
      );
  },

  async act(verb, name, target) {
    const unit = unitName(name);
    requireRunning(target, `systemctl ${verb} ${unit}`);
    await (verb === "stop" ? control([verb], unit, target) : starting(verb, unit, target));
  },

  async setEnabled(name, enabled, target) {
    const unit = unitName(name);
    const state = await unitState(unit, target);
    const isStale = state !== null && (await delivered(true, state, target)) === STALE;
    await control([enabled ? (isStale ? "reenable" : "enable") : "disable"], state?.id ?? unit, target);
  },
};

const CANNOT_CHANGE = ["static", "transient", "generated", ""];
