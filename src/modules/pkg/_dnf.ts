import type { Argv, ReadSystem } from "../../system/system.ts";
import { ask, tryOut } from "./_ask.ts";
import type { Manager, Removal, Request } from "./_manager.ts";
import { RPM_KEYS, YUM_SOURCES } from "./_repository/rpm-form.ts";
import { rpmUnfetched } from "./_repository/unfetched.ts";
import { newestFirst, rpmDamaged, rpmInstalled, withEpoch } from "./_rpm.ts";

/** Never waits for another by itself: it would wait for ever, and would not say for whom. */
const ALWAYS = ["dnf", "--assumeyes", "--setopt=exit_on_lock=True"] as const;
const QUIETLY = ["dnf", "--quiet", "--cacheonly"] as const;
/** Says what it would do, and declines. */
const TRYING = ["dnf", "--cacheonly", "--assumeno"] as const;
const DECLINED = 1;
const CACHES = ["/var/cache/dnf", "/var/cache/libdnf5"];
const SHOWN = "--queryformat=%{name}|%{epoch}|%{version}-%{release}|%{arch}\\n";

export const dnf: Manager = dnfWith([]);

/** `options`: which repositories count beside those that are enabled, or do not. */
function dnfWith(options: readonly string[]): Manager {
  const [DNF, OFFLINE, TRIAL] = [
    [...ALWAYS, ...options],
    [...QUIETLY, ...options],
    [...TRYING, ...options],
  ] as const;
  return {
    name: "dnf",
    installed: rpmInstalled,

    async offer(name, target) {
      const found = parseRepoquery(await ask([...OFFLINE, "repoquery", SHOWN, name], target));
      const versions = await newestFirst(found.get(name) ?? [], target);
      if (versions.length > 0) return { known: true, versions, choices: [] };
      const providers = await ask([...OFFLINE, "repoquery", "--whatprovides", name, SHOWN], target);
      return { known: providers.includes("|"), versions, choices: [] };
    },

    async upgrades(target) {
      const found = parseRepoquery(
        await ask([...OFFLINE, "repoquery", "--upgrades", "--latest-limit=1", SHOWN], target),
      );
      return new Map(Array.from(found, ([name, versions]) => [name, versions.at(-1) ?? ""]));
    },

    async wouldInstall(requests, target) {
      return parseSummary(await tryOut([...TRIAL, "install", ...requests.map(nevra)], target, DECLINED));
    },

    async wouldRemove(name, target, how = {}) {
      return parseSummary(await ask([...TRIAL, ...removal(how), name], target, DECLINED));
    },

    index: { directories: CACHES, files: /^(?:repomd\.xml|.*-primary\.xml.*)$/ },
    refresh: [...DNF, "--refresh", "makecache"],
    unfetched: (target) => rpmUnfetched(YUM_SOURCES, CACHES, target).map((name) => fetchOne(name, DNF, target)),

    async install(requests) {
      return [...DNF, "install", ...requests.map(nevra)];
    },

    recommends: (wanted) => [`--setopt=install_weak_deps=${wanted ? "True" : "False"}`],
    remove: (names, how = {}) => [...DNF, ...removal(how), ...names],
    damaged: rpmDamaged,
    reinstall: (requests) => [...DNF, "reinstall", ...requests.map(nevra)],
    upgrade: [...DNF, "upgrade"],

    lock: {
      files: ["/var/lib/rpm/.rpm.lock", "/usr/lib/sysimage/rpm/.rpm.lock"],
      message: /already locked by (?<pid>\d+)|Failed to obtain the transaction lock/,
    },
    scriptFailed: /^.*scriptlet failed, exit status.*$|^Error in \w+ scriptlet in rpm package \S+$/m,
    withRepositories: (enabled, disabled) =>
      dnfWith([...enabled.map((name) => `--enablerepo=${name}`), ...disabled.map((name) => `--disablerepo=${name}`)]),
  };
}

/** By name and by name.architecture. */
export function parseRepoquery(listed: string): ReadonlyMap<string, readonly string[]> {
  const versions = new Map<string, string[]>();
  for (const line of listed.split("\n")) {
    const [name = "", epoch = "", edition = "", architecture] = line.split("|");
    if (architecture === undefined) continue;
    const version = withEpoch(epoch, edition);
    for (const key of [name, `${name}.${architecture}`]) versions.set(key, [...(versions.get(key) ?? []), version]);
  }
  return versions;
}

/** Names in the tables of a transaction's summary, which stand one blank in; what is wrapped stands further in. */
export function parseSummary(summary: string): readonly string[] {
  const tables = summary
    .split(/^Transaction Summary$/m)[0]
    ?.split(/^(?:Installing|Removing|Upgrading|Downgrading)[^\n]*:$/m);
  return (tables ?? []).slice(1).flatMap((table) => Array.from(table.matchAll(/^ (\S+)/gm), ([, name = ""]) => name));
}

/** Of a source with a key of its own that cannot be fetched is an error, and not left out. */
function fetchOne(name: string, dnf: Argv, target: ReadSystem): Argv {
  const isOurs = target.stat(`${RPM_KEYS}${name}`) !== null;
  const strict = isOurs ? [`--setopt=${name}.skip_if_unavailable=False`] : [];
  return [...dnf, ...strict, `--repo=${name}`, "makecache"];
}

function removal({ autoremove }: Removal): readonly string[] {
  return autoremove === true ? ["remove", "--setopt=clean_requirements_on_remove=True"] : ["remove", "--noautoremove"];
}

function nevra({ name, version, file }: Request): string {
  return file ?? (version === undefined ? name : `${name}-${version}`);
}
