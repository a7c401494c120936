import { requireRoot } from "../_accounts/tools.ts";
import { defineResource } from "../../engine/resource.ts";
import { object, oneOf, withDefault } from "../../engine/schema.ts";
import { SlothError } from "../../base/errors.ts";
import { applyPackages } from "./_apply.ts";
import { doomedWith } from "./_doomed.ts";
import { cacheValidTime, recommends, lockTimeout, lockTimeoutOf, names, updateCache, version } from "./_fields.ts";
import { managerOf } from "./_managers.ts";
import {
  desiredPackage,
  diffPackage,
  predictPackage,
  readPackage,
  type PackageFacts,
  type PackageWant,
} from "./_package.ts";
import { transact } from "./_transact.ts";

interface InstallProps {
  readonly name: readonly string[];
  readonly version?: string | undefined;
  readonly state: "present" | "installed" | "latest" | "absent";
  readonly update_cache?: boolean | undefined;
  readonly cache_valid_time?: number | undefined;
  readonly recommends?: boolean | undefined;
  readonly lock_timeout?: number | undefined;
}

/** Keeps packages installed: any version, one version or the latest. */
export const install = defineResource<InstallProps, PackageWant, PackageFacts>({
  name: "pkg.install",
  kind: "package",
  version: 1,
  summary: "Keeps packages installed. Without `version` or `latest`, any version will do; a list is one transaction.",
  example: `
    pkg.install{ name = { "nginx", "zsh" } }

    local nginx = pkg.install{ name = "nginx", state = "latest", update_cache = true }
    if nginx.changed then
        print(nginx.message)
    end
  `,
  schema: object(
    {
      name: names,
      version,
      state: withDefault(
        oneOf("`latest` also upgrades to the best version of the index.", "present", "installed", "latest", "absent"),
        "present",
      ),
      update_cache: updateCache,
      cache_valid_time: cacheValidTime,
      recommends,
      lock_timeout: lockTimeout,
    },
    checkTogether,
  ),

  expand: (props) => [...new Set(props.name)].map((name) => ({ ...props, name: [name] })),
  identity: (props) => props.name.join(", "),
  want: (props) => ({
    name: props.name.join(" "),
    state: props.state === "installed" ? "present" : props.state,
    version: props.version ?? null,
    updateCache: props.update_cache ?? false,
    lockTimeoutMs: lockTimeoutOf(props),
    ...(props.cache_valid_time === undefined ? {} : { cacheValidMs: props.cache_valid_time }),
    ...(props.recommends === undefined ? {} : { recommends: props.recommends }),
  }),
  locks: () => ["packages"],

  read: readPackage,
  desired: desiredPackage,
  diff: diffPackage,
  refuse: (target) => requireRoot(target, "packages"),
  predict: predictPackage,
  apply: (want, diff, target) => applyPackages([{ want, diff }], target),
  applyAll: applyPackages,

  undo: {
    async remove(want, _actual, target) {
      const manager = await managerOf(target);
      const [name, ...others] = await doomedWith(want.name, target);
      if (others.length > 0)
        throw new SlothError("E_IN_USE", `${name} stays: with it ${others.join(", ")} would be removed too`);
      if (name !== undefined) await transact(manager, manager.remove([name]), target, want.lockTimeoutMs);
    },

    restate(name, facts) {
      const earlier = facts?.version;
      if (facts !== null && (earlier === undefined || facts.provider !== undefined)) return null;
      const want = {
        name,
        state: "present",
        version: earlier ?? null,
        updateCache: false,
        lockTimeoutMs: lockTimeoutOf({}),
      } as const;
      return { want, stated: { version: earlier, manual: facts?.manual } };
    },
  },
});

function checkTogether({ name, version: asked, state }: InstallProps): string | undefined {
  if (asked === undefined) return undefined;
  if (state === "latest" || state === "absent") return `'version' cannot go with state = "${state}"`;
  return name.length > 1 ? "'version' is of one package: call it once for each" : undefined;
}
