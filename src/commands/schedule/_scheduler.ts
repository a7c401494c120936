import { schedulerOf, type Scheduler } from "../../schedule/schedules.ts";
import { openHost } from "../../system/host.ts";

/** Of this machine; with `plan` it writes nothing, and tells what it would. */
export function scheduler(mode: "apply" | "plan" = "apply"): Scheduler {
  return schedulerOf(openHost({ mode }).writer({ signal: new AbortController().signal }));
}
