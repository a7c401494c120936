import type { ReadSystem } from "../../system/system.ts";
import type { Init } from "./_init.ts";
import { hasScript, run, scripts, succeeds } from "./_scripts.ts";

/** Of Debian and of Red Hat; the levels in which a machine serves. */
const DIRECTORIES = ["2", "3", "4", "5"].flatMap((level) => [`/etc/rc${level}.d`, `/etc/rc.d/rc${level}.d`]);

/** Init scripts, linked into runlevels by update-rc.d or chkconfig. A script is to answer `status` as LSB says. */
export const sysvinit: Init = {
  name: "sysvinit",

  async look(name, target) {
    if (!hasScript(name, target)) return null;
    const running = await succeeds(["/etc/init.d/" + name, "status"], target);
    return { running, enabled: isLinked("S", name, target) };
  },

  names: async (target) => scripts(target),
  act: (verb, name, target) => run(["/etc/init.d/" + name, verb], target),

  async setEnabled(name, enabled, target) {
    const isKnown = isLinked("[SK]", name, target);
    if (target.which("update-rc.d") !== null) {
      if (!isKnown) await run(["update-rc.d", name, "defaults"], target);
      if (isLinked("S", name, target) !== enabled)
        await run(["update-rc.d", name, enabled ? "enable" : "disable"], target);
      return;
    }
    if (!isKnown) await run(["chkconfig", "--add", name], target);
    await run(["chkconfig", name, enabled ? "on" : "off"], target);
  },
};

function isLinked(kind: "S" | "[SK]", name: string, target: ReadSystem): boolean {
  const link = new RegExp(`^${kind}\\d\\d`);
  return DIRECTORIES.some((directory) => {
    if (target.stat(directory)?.type !== "directory") return false;
    return target.list(directory).some((entry) => link.test(entry) && entry.slice(3) === name);
  });
}
