import { SlothError } from "../../base/errors.ts";
import type { ReadSystem, System } from "../../system/system.ts";
import { isRunning } from "../_units/state.ts";
import { openrc } from "./_openrc.ts";
import { systemd } from "./_systemd.ts";
import { sysvinit } from "./_sysvinit.ts";

/** What is asked of one; undefined: nothing. */
interface Asked {
  readonly running?: boolean | undefined;
  readonly enabled?: boolean | undefined;
}

interface ServiceState {
  readonly running: boolean;
  readonly enabled: boolean;
}

/** What starts services: how to ask it, and what to do. Names were checked: none starts with `-` or has a slash. */
export interface Init {
  readonly name: "systemd" | "openrc" | "sysvinit";
  /** null: there is no such service. */
  look(name: string, target: ReadSystem): Promise<ServiceState | null>;
  /** Names of all that there are, to find what was meant. */
  names(target: ReadSystem): Promise<readonly string[]>;
  /** Refuses what it can tell that it cannot do. */
  refuse?(name: string, asked: Asked, target: ReadSystem): Promise<void>;
  act(verb: Verb, name: string, target: System): Promise<void>;
  setEnabled(name: string, enabled: boolean, target: System): Promise<void>;
}

export type Verb = "start" | "stop" | "restart" | "reload";

/** Of that machine: what runs there first, then what would once it is started. */
export function initOf(target: ReadSystem): Init {
  const has = (program: string): boolean => target.which(program) !== null;
  if (isRunning(target)) return systemd;
  if (target.stat("/run/openrc") !== null) return openrc;
  const hasScripts = has("update-rc.d") || has("chkconfig");
  if (hasScripts && target.stat("/etc/inittab") !== null) return sysvinit;
  if (has("systemctl")) return systemd;
  if (has("rc-service")) return openrc;
  if (hasScripts) return sysvinit;
  throw new SlothError("E_NO_INIT", "there is nothing on this machine that starts services", {
    hint: "known are systemd, OpenRC and sysvinit",
  });
}
