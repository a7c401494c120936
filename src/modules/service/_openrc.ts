import type { ReadSystem } from "../../system/system.ts";
import type { Init } from "./_init.ts";
import { hasScript, run, scripts, succeeds } from "./_scripts.ts";

const RUNLEVELS = "/etc/runlevels";

export const openrc: Init = {
  name: "openrc",

  async look(name, target) {
    if (!hasScript(name, target)) return null;
    const running = target.stat("/run/openrc") !== null && (await succeeds(["rc-service", name, "status"], target));
    return { running, enabled: runlevels(target).some((level) => isIn(level, name, target)) };
  },

  names: async (target) => scripts(target),
  act: (verb, name, target) => run(["rc-service", name, verb], target),

  async setEnabled(name, enabled, target) {
    await run(enabled ? ["rc-update", "add", name, "default"] : ["rc-update", "--all", "del", name], target);
  },
};

function runlevels(target: ReadSystem): readonly string[] {
  return target.stat(RUNLEVELS) === null ? [] : target.list(RUNLEVELS);
}

function isIn(level: string, name: string, target: ReadSystem): boolean {
  return target.lstat(`${RUNLEVELS}/${level}/${name}`) !== null;
}
