import { ask } from "./_ask.ts";
import type { Manager } from "./_manager.ts";
import { newestFirst, rpmInstalled, withEpoch } from "./_rpm.ts";

/** Never waits for another by itself: it would wait for ever, and would not say for whom. */
const DNF = ["dnf", "--assumeyes", "--setopt=exit_on_lock=True"] as const;
const OFFLINE = ["dnf", "--quiet", "--cacheonly"] as const;
const SHOWN = "--queryformat=%{name}|%{epoch}|%{version}-%{release}|%{arch}\\n";

export const dnf: Manager = {
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
    const found = parseRepoquery(await ask([...OFFLINE, "repoquery", "--upgrades", "--latest-limit=1", SHOWN], target));
    return new Map(Array.from(found, ([name, versions]) => [name, versions.at(-1) ?? ""]));
  },

  async wouldRemove(name, target) {
    const argv = [...OFFLINE, "--assumeno", "remove", "--noautoremove", name] as const;
    return parseRemoved(await ask(argv, target, 1));
  },

  index: { directories: ["/var/cache/dnf", "/var/cache/libdnf5"], files: /^(?:repomd\.xml|.*-primary\.xml.*)$/ },
  refresh: [...DNF, "--refresh", "makecache"],

  async install(requests) {
    return [
      ...DNF,
      "install",
      ...requests.map(({ name, version }) => (version === undefined ? name : `${name}-${version}`)),
    ];
  },

  remove: (names) => [...DNF, "remove", "--noautoremove", ...names],
  upgrade: [...DNF, "upgrade"],

  lock: {
    files: ["/var/lib/rpm/.rpm.lock", "/usr/lib/sysimage/rpm/.rpm.lock"],
    message: /already locked by (?<pid>\d+)|Failed to obtain the transaction lock/,
  },
  scriptFailed: /^.*scriptlet failed, exit status.*$|^Error in \w+ scriptlet in rpm package \S+$/m,
};

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

/** Names in the tables below "Removing" in a transaction's summary. */
export function parseRemoved(summary: string): readonly string[] {
  const tables = summary.split(/^Removing[^\n]*:\n/m).slice(1);
  const rows = tables.flatMap((table) => table.split(/\n\n|\n(?=\S)/)[0]?.split("\n") ?? []);
  return rows.map((row) => row.trim().split(/\s+/)[0] ?? "").filter((name) => name !== "");
}
