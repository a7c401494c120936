import { SlothError } from "../../base/errors.ts";
import type { ReadSystem } from "../../system/system.ts";
import { packageManager } from "../_kit/machine.ts";
import { apk } from "./_apk.ts";
import { apt } from "./_apt.ts";
import { dnf } from "./_dnf.ts";
import type { Installed, Manager } from "./_manager.ts";
import { pacman } from "./_pacman.ts";
import { zypper } from "./_zypper.ts";

const managers: readonly Manager[] = [apt, dnf, zypper, pacman, apk];

/** The package manager of that machine. */
export function managerOf(target: ReadSystem): Promise<Manager> {
  return target.cached("pkg.manager", async () => {
    const name = packageManager(target);
    const manager = managers.find((known) => known.name === name);
    if (manager !== undefined) return manager;
    throw new SlothError("E_NO_PACKAGE_MANAGER", "there is no package manager here that is known", {
      hint: `known are ${managers.map((known) => known.name).join(", ")}`,
    });
  });
}

/** Repositories that a call names. */
export interface Repositories {
  readonly enablerepo?: readonly string[];
  readonly disablerepo?: readonly string[];
}

/** The same, for which those repositories count. */
export async function managerFor(
  { enablerepo = [], disablerepo = [] }: Repositories,
  target: ReadSystem,
): Promise<Manager> {
  const manager = await managerOf(target);
  if (enablerepo.length + disablerepo.length === 0) return manager;
  const found = manager.withRepositories?.(enablerepo, disablerepo);
  if (found !== undefined) return found;
  throw new SlothError("E_FIELD", `'enablerepo' and 'disablerepo' are of dnf, and this machine has ${manager.name}`);
}

/** What is installed: asked once, and again after anything was run or applied there. */
export async function installedOn(target: ReadSystem): Promise<Installed> {
  const manager = await managerOf(target);
  return target.cached("pkg.installed", () => manager.installed(target));
}

/** What the index has a better version of, asked once as well. */
export function upgradesOn(manager: Manager, target: ReadSystem): Promise<ReadonlyMap<string, string>> {
  return target.cached(`pkg.upgrades ${manager.refresh.join(" ")}`, () => manager.upgrades(target));
}
