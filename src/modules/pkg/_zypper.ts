import { ask, specOf, tryOut } from "./_ask.ts";
import type { Argv } from "../../system/system.ts";
import type { Manager, Request } from "./_manager.ts";
import { RPM_KEYS, ZYPP_SOURCES } from "./_repository/rpm-form.ts";
import { rpmUnfetched } from "./_repository/unfetched.ts";
import { rpmDamaged, rpmInstalled } from "./_rpm.ts";

const ZYPPER = ["zypper", "--non-interactive"] as const;
const OFFLINE = [...ZYPPER, "--no-refresh", "--xmlout"] as const;
const RAW = ["/var/cache/zypp/raw"];
/** Nothing was found, or a source that has no index yet was left out. */
const FINE = [104, 106];
/** Done, with something to say: updates are there, a reboot or restart is needed, a repository was left out. */
const DONE = [0, 100, 101, 102, 103, 106];

export const zypper: Manager = {
  name: "zypper",
  installed: rpmInstalled,

  async offer(name, target) {
    const search = [...OFFLINE, "search", "--type=package", "--details", "--match-exact"] as const;
    const versions = parseEditions(await ask([...search, name], target, ...FINE));
    if (versions.length > 0) return { known: true, versions, choices: [] };
    const providers = await ask([...search, "--provides", name], target, ...FINE);
    return { known: parseEditions(providers).length > 0, versions, choices: [] };
  },

  async upgrades(target) {
    return parseUpdates(await ask([...OFFLINE, "list-updates", "--type=package"], target, ...FINE));
  },

  async wouldInstall(requests, target) {
    const argv = [...ZYPPER, "--no-refresh", "install", "--dry-run", "--", ...requests.map(specOf)] as const;
    return parseListed("installed", await tryOut(argv, target));
  },

  async wouldRemove(name, target, { autoremove } = {}) {
    const more = autoremove === true ? ["--clean-deps"] : [];
    const argv = [...ZYPPER, "--no-refresh", "remove", "--dry-run", ...more, "--", name] as const;
    return parseListed("REMOVED", await ask(argv, target));
  },

  index: { directories: RAW, files: /^(?:repomd\.xml|.*-primary\.xml.*|content)$/ },
  refresh: [...ZYPPER, "refresh"],

  /** zypper asks before it takes a key, so the keys that were checked are given to rpm first. */
  unfetched: (target) =>
    rpmUnfetched(ZYPP_SOURCES, RAW, target).flatMap((name): Argv[] => {
      const key = `${RPM_KEYS}${name}`;
      const imports: Argv[] = target.stat(key) === null ? [] : [["rpm", "--import", key]];
      return [...imports, [...ZYPPER, "refresh", "--", name]];
    }),

  async install(requests) {
    const isVersion = requests.some(({ version, file }) => version !== undefined || file !== undefined);
    const options = [...(isVersion ? ["--oldpackage"] : []), ...unsigned(requests)];
    return [...ZYPPER, "install", "--auto-agree-with-licenses", ...options, "--", ...requests.map(specOf)];
  },

  recommends: (wanted) => [wanted ? "--recommends" : "--no-recommends"],
  remove: (names, { autoremove } = {}) => [
    ...ZYPPER,
    "remove",
    ...(autoremove === true ? ["--clean-deps"] : []),
    "--",
    ...names,
  ],
  damaged: rpmDamaged,
  reinstall: (requests) => [...ZYPPER, "install", "--force", ...unsigned(requests), "--", ...requests.map(specOf)],
  upgrade: [...ZYPPER, "update", "--auto-agree-with-licenses"],

  lock: {
    files: ["/run/zypp.pid", "/var/run/zypp.pid"],
    message: /is locked by the application with pid (?<pid>\d+) \((?<program>[^)]+)\)/,
  },
  succeeded: ({ exitCode }) => DONE.includes(exitCode),
  scriptFailed: /^.*scriptlet failed, exit status.*$/m,
};

/** A file that was named is trusted, as apt and dnf do. */
function unsigned(requests: readonly Request[]): readonly string[] {
  return requests.some(({ file }) => file !== undefined) ? ["--allow-unsigned-rpm"] : [];
}

/** Editions of the packages found, as zypper sorts them: the newest first. */
export function parseEditions(xml: string): readonly string[] {
  const found = Array.from(xml.matchAll(/<solvable ([^>]*)>/g), ([, attributes = ""]) =>
    attribute("edition", attributes),
  );
  return [...new Set(found)];
}

export function parseUpdates(xml: string): ReadonlyMap<string, string> {
  const found = xml.matchAll(/<update ([^>]*)>/g);
  return new Map(
    Array.from(
      found,
      ([, attributes = ""]) => [attribute("name", attributes), attribute("edition", attributes)] as const,
    ),
  );
}

/** Names below "going to be REMOVED:" or "going to be installed:". */
export function parseListed(what: "installed" | "REMOVED", said: string): readonly string[] {
  const list = new RegExp(`going to be ${what}:\\n((?: +\\S.*\\n)+)`).exec(said)?.[1] ?? "";
  return list.split(/\s+/).filter((name) => name !== "");
}

function attribute(name: string, attributes: string): string {
  return new RegExp(`(?:^| )${name}="([^"]*)"`).exec(attributes)?.[1] ?? "";
}
