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

/** What is installed: asked once, and again after anything was run or applied there. */
export async function installedOn(target: ReadSystem): Promise<Installed> {
  const manager = await managerOf(target);
  return target.cached("pkg.installed", () => manager.installed(target));
}

/** What the index has a better version of, asked once as well. */
export async function upgradesOn(target: ReadSystem): Promise<ReadonlyMap<string, string>> {
  const manager = await managerOf(target);
  return target.cached("pkg.upgrades", () => manager.upgrades(target));
}
