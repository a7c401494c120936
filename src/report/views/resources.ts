import { addressText } from "../../base/address.ts";
import type { ResourceDocument } from "../documents/resource.ts";
import { shownTime } from "../../base/shown-time.ts";
import { table } from "../table.ts";

/** The resources of a stack, a line each. */
export function resourcesText(resources: readonly ResourceDocument[], columns: number | undefined): string {
  if (resources.length === 0) return "no resources\n";
  const rows = resources.map(({ host, type: kind, name, state, module, task, last_verified }) => [
    addressText({ host, kind, name }),
    state,
    module,
    task,
    shownTime(last_verified),
  ]);
  return table(["RESOURCE", "STATE", "BY", "TASK", "LAST RIGHT"], rows, columns);
}
