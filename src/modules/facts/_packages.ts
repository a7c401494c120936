import { mustSucceed } from "../../system/processes/command.ts";
import type { Argv, ReadSystem } from "../../system/system.ts";
import { packageManager } from "../_kit/machine.ts";

type Package = { readonly name: string; readonly version: string; readonly arch: string };

/** What is installed, as the system's own package manager knows it, by name. */
export async function installedPackages(target: ReadSystem): Promise<readonly Package[]> {
  const ask = QUESTIONS[packageManager(target) ?? ""];
  if (ask === undefined) return [];
  const { stdout } = mustSucceed(ask.argv, await target.query(ask.argv, { env: { LC_ALL: "C" } }));
  const packages = stdout.split("\n").flatMap((line) => ask.parse(line) ?? []);
  return packages.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

interface Question {
  readonly argv: Argv;
  parse(line: string): Package | null;
}

const rpm: Question = {
  argv: ["rpm", "-qa", "--qf", "%{NAME}\t%{EPOCHNUM}:%{VERSION}-%{RELEASE}\t%{ARCH}\n"],
  parse: (line) => tabbed(line.replace("\t0:", "\t")),
};

const QUESTIONS: { readonly [manager: string]: Question } = {
  apt: {
    argv: ["dpkg-query", "-W", "-f", "${db:Status-Status}\t${Package}\t${Version}\t${Architecture}\n"],
    parse: (line) => (line.startsWith("installed\t") ? tabbed(line.slice("installed\t".length)) : null),
  },
  dnf: rpm,
  zypper: rpm,
  pacman: { argv: ["pacman", "-Q"], parse: (line) => tabbed(line.replace(" ", "\t")) },
  apk: {
    argv: ["apk", "list", "--installed"],
    parse(line) {
      const [, name, version, arch] = /^(\S+?)-(\d\S*) (\S+)/.exec(line) ?? [];
      return name === undefined ? null : { name, version: version ?? "", arch: arch ?? "" };
    },
  },
};

function tabbed(line: string): Package | null {
  const [name = "", version, arch = ""] = line.split("\t");
  return version === undefined ? null : { name, version, arch };
}
