import { requireRoot } from "../_accounts/tools.ts";
import { defineAction } from "../../engine/resource.ts";
import { object } from "../../engine/schema.ts";
import type { ReadSystem } from "../../system/system.ts";
import { lockTimeout, lockTimeoutOf, updateCache } from "./_fields.ts";
import type { Installed } from "./_manager.ts";
import { installedOn, managerOf, upgradesOn } from "./_managers.ts";
import { transact } from "./_transact.ts";

interface UpgradeProps {
  readonly update_cache?: boolean | undefined;
  readonly lock_timeout?: number | undefined;
}

/** Brings every installed package to the best version of the index, without removing any. */
export const upgrade = defineAction<UpgradeProps, { updateCache: boolean; lockTimeoutMs: number }>({
  name: "pkg.upgrade",
  summary: "Upgrades every installed package, held ones excepted; answers which.",
  example: `
    local upgraded = pkg.upgrade{}
    if upgraded.changed then
        for _, one in ipairs(upgraded.packages) do
            print(one.name .. ": " .. one.from .. " -> " .. one.to)
        end
    end
  `,
  schema: object({ update_cache: updateCache, lock_timeout: lockTimeout }),
  title: () => "all packages",
  want: (props) => ({ updateCache: props.update_cache ?? false, lockTimeoutMs: lockTimeoutOf(props) }),
  results: [
    {
      name: "packages",
      type: "{ name: string, from: string, to: string }[]",
      summary: "Those that were upgraded, with the version before and after.",
    },
  ],
  locks: () => ["packages"],
  reaches: "package",
  refuse: (target) => requireRoot(target, "packages"),

  /** Where the index is fetched first, only that tells. */
  async needed(want, target) {
    return want.updateCache || (await upgradable(target)).length > 0;
  },

  async run(want, target) {
    const manager = await managerOf(target);
    if (want.updateCache) await transact(manager, manager.refresh, target, want.lockTimeoutMs);
    const names = await upgradable(target);
    if (names.length === 0) return { changed: false, value: { packages: [] } };
    const before = await installedOn(target);
    await transact(manager, manager.upgrade, target, want.lockTimeoutMs);
    const packages = changesOf(names, before, await installedOn(target));
    return { changed: packages.length > 0, value: { packages } };
  },
});

async function upgradable(target: ReadSystem): Promise<readonly string[]> {
  const upgrades = await upgradesOn(await managerOf(target), target);
  const installed = await installedOn(target);
  // Names come with and without their architecture.
  const names = [...upgrades.keys()].filter(
    (name) => !upgrades.has(name.replace(/[:.][^:.]+$/, "")) || !/[:.]/.test(name),
  );
  return names.filter((name) => installed.find(name).some(({ held }) => !held)).sort();
}

function changesOf(names: readonly string[], before: Installed, after: Installed) {
  return names.flatMap((name) => {
    const [from, to] = [before.find(name).at(-1)?.version ?? "", after.find(name).at(-1)?.version ?? ""];
    return from === to ? [] : [{ name, from, to }];
  });
}
