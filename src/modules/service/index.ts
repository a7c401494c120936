import type { ModuleDefinition } from "../../engine/resource.ts";
import { reload, restart, start, stop } from "./act.ts";
import { ensure } from "./ensure.ts";
import { disable, enable } from "./keep.ts";
import { status } from "./status.ts";

export const service: ModuleDefinition = {
  name: "service",
  summary:
    "Services, whatever starts them: systemd, OpenRC or sysvinit. Where none of them runs, as in a container build, services can still be enabled.",
  functions: [ensure, enable, disable, start, stop, restart, reload, status],
};
