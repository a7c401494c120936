import { utf8Text } from "../../base/byte-text.ts";
import type { Argv, ReadSystem } from "../../system/system.ts";
import { ask, inEnglish, specOf, tryOut } from "./_ask.ts";
import type { Installed, Manager } from "./_manager.ts";
import { pacmanUnfetched } from "./_repository/unfetched.ts";

const PACMAN = ["pacman", "--noconfirm", "--noprogressbar", "--color=never"] as const;
const LOCAL = "/var/lib/pacman/local";

export const pacman: Manager = {
  name: "pacman",

  async installed(target) {
    return pacmanInstalled(target.stat(LOCAL) === null ? [] : target.list(LOCAL), target);
  },

  async offer(name, target) {
    // It would take `repository/name`, and then find nothing installed by that name.
    if (name.includes("/")) return { known: false, versions: [], choices: [] };
    const shown = await target.query(["pacman", "--sync", "--info", "--", name], inEnglish);
    const versions = parseInfo(utf8Text(shown.stdout));
    if (versions.length > 0) return { known: true, versions, choices: [] };
    const members = parseGroup(name, await ask(["pacman", "--sync", "--groups", "--", name], target, 1));
    if (members.length > 0) return { known: false, versions, choices: [], members };
    const argv: Argv = ["pacman", "--sync", "--print", "--print-format=%n", "--", name];
    return { known: (await target.query(argv, inEnglish)).exitCode === 0, versions, choices: [] };
  },

  async upgrades(target) {
    return parseOutdated(await ask(["pacman", "--query", "--upgrades"], target, 1));
  },

  async names(target) {
    return (await ask(["pacman", "--sync", "--list", "--quiet"], target)).split("\n").filter((name) => name !== "");
  },

  async wouldInstall(requests, target) {
    const argv: Argv = ["pacman", "--sync", "--print", "--print-format=%n", "--", ...requests.map(specOf)];
    return (await tryOut(argv, target)).split("\n").filter((name) => name !== "");
  },

  async wouldRemove(name, target, { autoremove } = {}) {
    const more = autoremove === true ? ["--recursive"] : [];
    const argv: Argv = ["pacman", "--remove", "--cascade", ...more, "--print", "--print-format=%n", "--", name];
    return (await ask(argv, target)).split("\n").filter((removed) => removed !== "");
  },

  index: { directories: ["/var/lib/pacman/sync"], files: /\.db$/ },
  refresh: [...PACMAN, "--sync", "--refresh"],
  unfetched: (target) => (pacmanUnfetched(target) ? [[...PACMAN, "--sync", "--refresh"]] : []),

  async install(requests) {
    const isFile = requests.some(({ file }) => file !== undefined);
    return [...PACMAN, isFile ? "--upgrade" : "--sync", "--", ...requests.map(specOf)];
  },

  remove(names, { purge, autoremove } = {}) {
    const options = [...(purge === true ? ["--nosave"] : []), ...(autoremove === true ? ["--recursive"] : [])];
    return [...PACMAN, "--remove", ...options, "--", ...names];
  },
  mark: (names, manual) => [
    "pacman",
    "--color=never",
    "--database",
    manual ? "--asexplicit" : "--asdeps",
    "--",
    ...names,
  ],
  upgrade: [...PACMAN, "--sync", "--sysupgrade"],

  lock: { files: ["/var/lib/pacman/db.lck"], message: /could not lock database: File exists/, byPresence: true },
  scriptFailed: /^error: command failed to execute correctly$/m,
};

/** From the names of its record's directories: `name-version-release`. */
function pacmanInstalled(directories: readonly string[], target: ReadSystem): Installed {
  const entries = directories.flatMap((directory) => {
    const [, name, version] = /^(.+)-([^-]+-[^-]+)$/.exec(directory) ?? [];
    return name === undefined || version === undefined ? [] : [[name, version] as const];
  });
  const versions = new Map(entries);
  return {
    find(name) {
      const version = versions.get(name);
      if (version === undefined) return [];
      const automatic = descOf(`${name}-${version}`, "REASON", target)[0] === "1";
      return [{ version, status: "installed", held: false, automatic }];
    },
    async provider(name) {
      const directory = directories.find((entry) => provides(entry, name, target));
      return /^(.+)-[^-]+-[^-]+$/.exec(directory ?? "")?.[1];
    },
  };
}

function provides(directory: string, name: string, target: ReadSystem): boolean {
  return descOf(directory, "PROVIDES", target).some((item) => item.split(/[<>=]/)[0] === name);
}

/** Lines of one field of what pacman has written down of an installed package. */
function descOf(directory: string, field: string, target: ReadSystem): readonly string[] {
  const file = `${LOCAL}/${directory}/desc`;
  if (target.stat(file) === null) return [];
  const text = utf8Text(target.readFile(file)).split(`%${field}%\n`)[1]?.split("\n\n")[0] ?? "";
  return text.trim().split("\n");
}

/** `lab-group lab-plain` */
function parseGroup(name: string, listed: string): readonly string[] {
  const lines = listed.split("\n").map((line) => line.split(" "));
  return lines.flatMap(([group, member]) => (group === name && member !== undefined ? [member] : []));
}

/** Versions of one package in the order of the repositories, which is the order in which pacman takes them. */
export function parseInfo(shown: string): readonly string[] {
  return [...new Set(Array.from(shown.matchAll(/^Version +: (\S+)$/gm), ([, version = ""]) => version))];
}

/** `lab-plain 1.0-1 -> 2.0-1`; what is ignored says so behind and is left out. */
export function parseOutdated(listed: string): ReadonlyMap<string, string> {
  const lines = listed.matchAll(/^(\S+) \S+ -> (\S+)$/gm);
  return new Map(Array.from(lines, ([, name = "", version = ""]) => [name, version] as const));
}
