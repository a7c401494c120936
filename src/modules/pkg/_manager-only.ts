import { SlothError } from "../../base/errors.ts";
import type { ReadSystem } from "../../system/system.ts";
import type { Manager } from "./_manager.ts";
import { managerOf } from "./_managers.ts";

/** Refuses a machine whose manager has no such thing. */
export async function requireManager(
  what: string,
  names: readonly Manager["name"][],
  target: ReadSystem,
): Promise<void> {
  const { name } = await managerOf(target);
  if (names.includes(name)) return;
  throw new SlothError("E_NO_PACKAGE_MANAGER", `${what} are of ${names.join(", ")}, and this machine has ${name}`, {
    hint: 'ask pkg.manager() before, or give the task `when = function() return pkg.manager() == "apt" end`',
  });
}
