import type { ReadSystem } from "../../system/system.ts";
import type { Removal } from "./_manager.ts";
import { installedOn, managerOf } from "./_managers.ts";

/**
 * What would be removed with a package: its own name first, as the manager has it (what provides a virtual name), then what goes along.
 * Empty: it is not installed.
 */
export async function doomedWith(name: string, target: ReadSystem, how?: Removal): Promise<readonly string[]> {
  const manager = await managerOf(target);
  const installed = await installedOn(target);
  const own = installed.find(name).length > 0 ? name : await installed.provider(name);
  if (own === undefined) return [];
  const doomed = await manager.wouldRemove(own, target, how);
  const isOwn = (other: string): boolean => other === own || own.replace(/[:.][a-z0-9_]+$/, "") === other;
  return doomed.length === 0 ? [] : [own, ...doomed.filter((other) => !isOwn(other))];
}
