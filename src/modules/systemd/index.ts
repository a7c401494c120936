import type { ModuleDefinition } from "../../engine/resource.ts";
import { daemonReloadAction, reload, restart, start, stop } from "./act.ts";
import { ensure } from "./ensure.ts";
import { disable, enable, mask, unmask } from "./keep.ts";
import { dropIn } from "./drop-in.ts";
import { sysusers } from "./sysusers.ts";
import { timer } from "./timer.ts";
import { tmpfiles } from "./tmpfiles.ts";
import { status } from "./status.ts";
import { unit } from "./unit.ts";

export const systemd: ModuleDefinition = {
  name: "systemd",
  summary:
    "Services and other units of systemd. Where it does not run, as in a container build, units can still be enabled and masked.",
  functions: [
    ensure,
    unit,
    dropIn,
    timer,
    tmpfiles,
    sysusers,
    enable,
    disable,
    mask,
    unmask,
    start,
    stop,
    restart,
    reload,
    daemonReloadAction,
    status,
  ],
};
