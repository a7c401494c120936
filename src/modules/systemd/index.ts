import type { ModuleDefinition } from "../../engine/resource.ts";
import { daemonReloadAction, reload, restart, start, stop } from "./act.ts";
import { ensure } from "./ensure.ts";
import { disable, enable, mask, unmask } from "./keep.ts";
import { status } from "./status.ts";
import { unit } from "./unit.ts";

export const systemd: ModuleDefinition = {
  name: "systemd",
  summary:
    "Services and other units of systemd. Where it does not run, as in a container build, units can still be enabled and masked.",
  functions: [ensure, unit, enable, disable, mask, unmask, start, stop, restart, reload, daemonReloadAction, status],
};
