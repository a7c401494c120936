import { utf8Text } from "../../base/byte-text.ts";
import { ask, specOf, tryOut } from "./_ask.ts";
import type { Installed, Manager } from "./_manager.ts";
import { apkUnfetched } from "./_repository/unfetched.ts";

const APK = ["apk", "--no-interactive", "--no-progress"] as const;
const INDEXES = ["/var/cache/apk", "/etc/apk/cache", "/lib/apk/db"];
const DATABASE = "/lib/apk/db/installed";
/** Of a package that another still needs `apk del` says so, keeps it and ends with 0. */
const STAYS = /are not removed due to:/;

export const apk: Manager = {
  name: "apk",

  async installed(target) {
    return parseApkDatabase(target.stat(DATABASE) === null ? "" : utf8Text(target.readFile(DATABASE)));
  },

  async offer(name, target) {
    const versions = parseApkPolicy(await ask(["apk", "policy", name], target));
    if (versions.length > 0) return { known: true, versions, choices: [] };
    // Also of a single provider apk wants its own name.
    const providers = (await ask(["apk", "search", "--exact", name], target)).split("\n");
    const choices = providers.map((line) => line.replace(/-[^-]+-r\d+$/, "")).filter((choice) => choice !== "");
    return { known: false, versions, choices: [...new Set(choices)].sort() };
  },

  async upgrades(target) {
    return parseApkVersions(await ask(["apk", "version", "--limit", "<"], target));
  },

  async wouldInstall(requests, target) {
    const simulation = await tryOut(["apk", "add", "--simulate", ...requests.map(specOf)], target);
    return Array.from(simulation.matchAll(/^\(\d+\/\d+\) Installing (\S+)/gm), ([, name = ""]) => name);
  },

  async wouldRemove(name, target) {
    const simulation = await ask(["apk", "del", "--simulate", name], target);
    if (STAYS.test(simulation)) return [name, ...parseKeepers(simulation)];
    return Array.from(simulation.matchAll(/^\(\d+\/\d+\) Purging (\S+)/gm), ([, removed = ""]) => removed);
  },

  index: { directories: INDEXES, files: /^APKINDEX\..*\.tar\.gz$/ },
  refresh: [...APK, "update"],
  unfetched: (target) => (apkUnfetched(INDEXES, target) ? [[...APK, "update"]] : []),

  async install(requests) {
    return [...APK, "add", "--upgrade", ...requests.map(specOf)];
  },

  remove: (names) => [...APK, "del", ...names],
  upgrade: [...APK, "upgrade"],

  lock: { files: ["/lib/apk/db/lock"], message: /Unable to lock database/ },
  succeeded: ({ exitCode, stdout }) => exitCode === 0 && !STAYS.test(utf8Text(stdout)),
  scriptFailed: /^ERROR: (\S+): script exited with error/m,
};

/** apk's record: one paragraph a package, each line a letter, a colon and a value. */
export function parseApkDatabase(database: string): Installed {
  const packages = database.split("\n\n").map((paragraph) => ({
    name: valueOf("P", paragraph),
    version: valueOf("V", paragraph),
    provides: valueOf("p", paragraph).split(" "),
  }));
  const versions = new Map(packages.map(({ name, version }) => [name, version]));
  return {
    find(name) {
      const version = versions.get(name) ?? "";
      return version === "" ? [] : [{ version, status: "installed", held: false }];
    },
    provider: async (name) =>
      packages.find(({ provides }) => provides.some((item) => item.split(/[<>=~]/)[0] === name))?.name,
  };
}

/** Versions of `apk policy`, the newest first; apk lists them the other way round. */
export function parseApkPolicy(policy: string): readonly string[] {
  return Array.from(policy.matchAll(/^ {2}(\S+):$/gm), ([, version = ""]) => version).reverse();
}

/** `lab-plain-1.0-r0   < 2.0-r0` */
export function parseApkVersions(listed: string): ReadonlyMap<string, string> {
  const lines = listed.matchAll(/^(\S+)-[^-\s]+-r\d+ +< (\S+)/gm);
  return new Map(Array.from(lines, ([, name = "", version = ""]) => [name, version] as const));
}

/** `  lab-lib: lab-app`: who needs it. */
function parseKeepers(simulation: string): readonly string[] {
  const lines = simulation.slice(simulation.search(STAYS)).matchAll(/^ {2}\S+: (.+)$/gm);
  return Array.from(lines, ([, keepers = ""]) => keepers.split(" ")).flat();
}

function valueOf(letter: string, paragraph: string): string {
  return new RegExp(`^${letter}:(.*)$`, "m").exec(paragraph)?.[1] ?? "";
}
