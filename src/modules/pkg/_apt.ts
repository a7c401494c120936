import { utf8Text } from "../../base/byte-text.ts";
import type { ReadSystem } from "../../system/system.ts";
import { ask, parseVerified, specOf, tryOut } from "./_ask.ts";
import { parseDpkgStatus, parseExtendedStates } from "./_dpkg-status.ts";
import type { Manager, Removal, Request } from "./_manager.ts";
import { aptUnfetched } from "./_repository/unfetched.ts";

const STATUS = "/var/lib/dpkg/status";
/** Present once another architecture was added; the first line is the machine's own. */
const ARCHITECTURES = "/var/lib/dpkg/arch";
/** Which packages were only installed for others. */
const EXTENDED_STATES = "/var/lib/apt/extended_states";
/** Holds what dpkg has not yet merged into the status file: nothing, unless it was cut off. */
const UPDATES = "/var/lib/dpkg/updates";

const KEEP_CONFFILES = ["--force-confdef", "--force-confold"] as const;
const APT_GET = [
  "apt-get",
  "--yes",
  "--quiet",
  ...KEEP_CONFFILES.map((option) => `--option=Dpkg::Options::=${option}`),
  "--option=Dpkg::Use-Pty=0",
  "--option=DPkg::Lock::Timeout=0", // we wait ourselves, whatever the machine's own setting
] as const;

const UPDATE = [...APT_GET, "--option=APT::Update::Error-Mode=any"] as const;

const SIMULATE = ["apt-get", "--simulate", "--option=Debug::NoLocking=1"] as const;

export const apt: Manager = {
  name: "apt",

  async installed(target) {
    const automatic = parseExtendedStates(textOf(EXTENDED_STATES, target));
    return parseDpkgStatus(textOf(STATUS, target), nativeOf(target), automatic);
  },

  async offer(name, target) {
    const versions = parsePolicy(name, await ask(["apt-cache", "policy", name], target));
    if (versions.length > 0) return { known: true, versions, choices: [] };
    const providers = parseProviders(await ask(["apt-cache", "showpkg", name], target));
    return { known: providers.length === 1, versions, choices: providers.length > 1 ? providers : [] };
  },

  async upgrades(target) {
    return parseUpgradable(await ask(["apt", "list", "--upgradable"], target));
  },

  async names(target) {
    return (await ask(["apt-cache", "pkgnames"], target)).split("\n").filter((name) => name !== "");
  },

  async wouldInstall(requests, target) {
    return namesAfter("Inst", await simulated(requests, target));
  },

  async wouldDisplace(requests, target) {
    return namesAfter("Remv|Purg", await simulated(requests, target));
  },

  async offersNative(name, target) {
    const spec = `${name}:${nativeOf(target) ?? "all"}`;
    return parsePolicy(name, await ask(["apt-cache", "policy", spec], target)).length > 0;
  },

  async wouldRemove(name, target, how = {}) {
    return namesAfter("Remv|Purg", await ask([...SIMULATE, ...removal(how), "--", name], target));
  },

  index: { directories: ["/var/lib/apt/lists"], files: /(?:_Packages(?:\.[a-z0-9]+)?|_(?:In)?Release)$/ },
  refresh: [...UPDATE, "update"],

  unfetched: (target) =>
    aptUnfetched(target).map((path) => [
      ...UPDATE,
      `--option=Dir::Etc::SourceList=${path}`,
      "--option=Dir::Etc::SourceParts=-",
      "--option=APT::Get::List-Cleanup=0",
      "update",
    ]),

  async install(requests, target) {
    const lowered = await Promise.all(requests.map((request) => isLower(request, target)));
    const options = lowered.includes(true) ? ["--allow-downgrades"] : [];
    return [...APT_GET, ...options, "install", "--", ...requests.map(specOf)];
  },

  recommends: (wanted) => [`--option=APT::Install-Recommends=${wanted}`],
  remove: (names, how = {}) => [...APT_GET, ...removal(how), "--", ...names],
  damaged: async (name, target) => parseVerified(await ask(["dpkg", "--verify", name], target, 1)),
  reinstall: (requests) => [...APT_GET, "--reinstall", "install", "--", ...requests.map(specOf)],
  mark: (names, manual) => ["apt-mark", manual ? "manual" : "auto", "--", ...names],
  upgrade: [...APT_GET, "--with-new-pkgs", "upgrade"],

  repair(target) {
    const isCutOff = target.stat(UPDATES) !== null && target.list(UPDATES).some((name) => /^\d+$/.test(name));
    return isCutOff ? ["dpkg", ...KEEP_CONFFILES, "--configure", "--pending"] : undefined;
  },

  env: {
    DEBIAN_FRONTEND: "noninteractive",
    DEBIAN_PRIORITY: "critical",
    APT_LISTCHANGES_FRONTEND: "none",
    APT_LISTBUGS_FRONTEND: "none",
    NEEDRESTART_MODE: "l", // lists what should be restarted, and restarts nothing
    UCF_FORCE_CONFFOLD: "1",
  },
  lock: {
    files: [
      "/var/lib/dpkg/lock-frontend",
      "/var/lib/dpkg/lock",
      "/var/lib/apt/lists/lock",
      "/var/cache/apt/archives/lock",
    ],
    message:
      /Could not get lock \S+(?: It is held by process (?<pid>\d+) \((?<program>[^)]+)\))?|lock was locked by another process with pid (?<pid>\d+)|status database is locked/,
  },
  scriptFailed: /^dpkg: error processing (?:package|archive) \S+/m,
};

/** With `autoremove` also what was left over before goes. */
function removal({ purge, autoremove }: Removal): readonly string[] {
  return [...(autoremove === true ? ["--auto-remove"] : []), purge === true ? "purge" : "remove"];
}

/** Versions of the table, the candidate first; none when the index has no package of that name. */
export function parsePolicy(name: string, policy: string): readonly string[] {
  const sections = policy.split(/^(?=\S+:\n)/m);
  const section = sections.find((text) => text.startsWith(`${name}:`)) ?? "";
  const candidate = /^ {2}Candidate: (\S+)$/m.exec(section)?.[1] ?? "(none)";
  const table = Array.from(section.matchAll(/^ (?:\*\*\*| {3}) +(\S+) -?\d+$/gm), ([, version = ""]) => version);
  return candidate === "(none)" ? table : [candidate, ...table.filter((version) => version !== candidate)];
}

/** From `apt-cache showpkg`: who provides a virtual package. */
export function parseProviders(shown: string): readonly string[] {
  const list = shown.split("\nReverse Provides: \n")[1] ?? "";
  const names = list.split("\n").map((line) => line.split(" ")[0] ?? "");
  return [...new Set(names)].filter((name) => name !== "").sort();
}

/** `lab-plain/lab 2.0-1 amd64 [upgradable from: 1.0-1]` */
export function parseUpgradable(listed: string): ReadonlyMap<string, string> {
  const lines = listed.matchAll(/^([^/\s]+)\/\S+ (\S+) (\S+) \[upgradable from: \S+\]$/gm);
  return new Map(
    Array.from(lines).flatMap(([, name = "", version = "", architecture = ""]) => [
      [`${name}:${architecture}`, version] as const,
      [name, version] as const,
    ]),
  );
}

function nativeOf(target: ReadSystem): string | undefined {
  return textOf(ARCHITECTURES, target).split("\n")[0] || undefined;
}

function simulated(requests: readonly Request[], target: ReadSystem): Promise<string> {
  const specs = requests.map(specOf);
  return target.cached(`pkg.simulated ${specs.join(" ")}`, () =>
    tryOut([...SIMULATE, "install", "--", ...specs], target),
  );
}

/** `Remv lab-lib [1.0-1]`, `Inst libc6:i386 (2.36 …)` */
function namesAfter(words: string, simulation: string): readonly string[] {
  return Array.from(simulation.matchAll(new RegExp(`^(?:${words}) (\\S+)`, "gm")), ([, name = ""]) => name);
}

async function isLower({ version, from }: Request, target: ReadSystem): Promise<boolean> {
  if (version === undefined || from === undefined) return false;
  return (await target.query(["dpkg", "--compare-versions", version, "lt", from])).exitCode === 0;
}

function textOf(path: string, target: ReadSystem): string {
  return target.stat(path) === null ? "" : utf8Text(target.readFile(path));
}
