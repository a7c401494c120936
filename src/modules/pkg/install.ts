import { requireRoot } from "../_accounts/tools.ts";
import type { Digest } from "../../base/digest.ts";
import { defineResource, type TargetLook } from "../../engine/resource.ts";
import { object, oneOf, withDefault } from "../../engine/schema.ts";
import { SlothError } from "../../base/errors.ts";
import { stated } from "../_files/file.ts";
import { applyPackages } from "./_apply.ts";
import { doomedWith } from "./_doomed.ts";
import {
  autoremove,
  cacheValidTime,
  disablerepo,
  enablerepo,
  lockTimeout,
  lockTimeoutOf,
  namesOrFiles,
  recommends,
  reinstall,
  sha256,
  updateCache,
  version,
} from "./_fields.ts";
import { managerOf } from "./_managers.ts";
import {
  desiredPackage,
  diffPackage,
  predictPackage,
  readPackage,
  type PackageFacts,
  type PackageWant,
} from "./_package.ts";
import { isFile, isUrl, packageFileOf } from "./_package-file.ts";
import { transact } from "./_transact.ts";

interface InstallProps {
  readonly name: readonly string[];
  readonly version?: string | undefined;
  readonly state: "present" | "installed" | "latest" | "absent";
  readonly update_cache?: boolean | undefined;
  readonly cache_valid_time?: number | undefined;
  readonly recommends?: boolean | undefined;
  readonly autoremove?: boolean | undefined;
  readonly reinstall?: boolean | undefined;
  readonly enablerepo?: readonly string[] | undefined;
  readonly disablerepo?: readonly string[] | undefined;
  readonly sha256?: string | undefined;
  readonly lock_timeout?: number | undefined;
  /** The path or URL that the name was. */
  readonly file?: string | undefined;
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
      name: namesOrFiles,
      version,
      state: withDefault(
        oneOf("`latest` also upgrades to the best version of the index.", "present", "installed", "latest", "absent"),
        "present",
      ),
      update_cache: updateCache,
      cache_valid_time: cacheValidTime,
      recommends,
      autoremove,
      reinstall,
      enablerepo,
      disablerepo,
      sha256,
      lock_timeout: lockTimeout,
    },
    checkTogether,
  ),

  expand(props, _source, target) {
    const all = [...new Set(props.name)].map((name) => ({ ...props, name: [name] }));
    return all.some(({ name: [one = ""] }) => isFile(one)) ? Promise.all(all.map((one) => named(one, target))) : all;
  },
  identity: (props) => props.name.join(", "),
  want: (props) => ({
    name: props.name.join(" "),
    state: props.state === "installed" ? "present" : props.state,
    version: props.version ?? null,
    updateCache: props.update_cache ?? false,
    lockTimeoutMs: lockTimeoutOf(props),
    ...(props.cache_valid_time === undefined ? {} : { cacheValidMs: props.cache_valid_time }),
    ...(props.recommends === undefined ? {} : { recommends: props.recommends }),
    ...stated({
      autoremove: props.autoremove,
      reinstall: props.reinstall === true ? true : undefined,
      enablerepo: props.enablerepo,
      disablerepo: props.disablerepo,
      file: props.file,
      sha256: props.sha256 === undefined ? undefined : sha256Of(props.sha256),
    }),
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

/** Of a path or URL the package that it is. */
async function named(props: InstallProps, target: TargetLook): Promise<InstallProps> {
  const [file = ""] = props.name;
  if (!isFile(file)) return props;
  const { name, version: its } = await packageFileOf(file, target);
  return { ...props, name: [name], version: props.state === "absent" ? undefined : its, file };
}

function sha256Of(digits: string): Digest {
  return `sha256:${digits.replace(/^sha256:/, "").toLowerCase()}`;
}

function checkTogether(props: InstallProps): string | undefined {
  const { name, version: asked, state } = props;
  const urls = name.filter(isUrl);
  if (urls.length > 0 && props.sha256 === undefined) return "'sha256' is missing: what a URL has may be anybody's";
  if (props.sha256 !== undefined && (urls.length !== 1 || name.length !== 1))
    return "'sha256' is of one URL: call it once for each";
  if (name.some(isFile) && (asked !== undefined || state === "latest"))
    return `${asked === undefined ? 'state = "latest"' : "'version'"} cannot go with a path or URL, which is one version`;
  if (asked === undefined) return undefined;
  if (state === "latest" || state === "absent") return `'version' cannot go with state = "${state}"`;
  return name.length > 1 ? "'version' is of one package: call it once for each" : undefined;
}
