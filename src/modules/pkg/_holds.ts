import { SlothError } from "../../base/errors.ts";
import { mustSucceed } from "../../system/processes/command.ts";
import type { Argv, ReadSystem, System } from "../../system/system.ts";
import { inEnglish } from "./_ask.ts";
import type { Manager } from "./_manager.ts";
import { installedOn, managerOf } from "./_managers.ts";
import { valueIn, withEntry, wordsIn } from "./_repository/block.ts";
import { put, textAt } from "./_repository/files.ts";
import { linesIn, textOfLines } from "./_repository/form.ts";
import { PACMAN_CONF } from "./_repository/pacman-form.ts";
import { sectionOf } from "./_repository/section-form.ts";
import { stanzasOf } from "./_repository/apt-form.ts";
import { transact } from "./_transact.ts";

/** How a manager is told to leave a package as it is. */
interface Holds {
  isHeld(name: string, target: ReadSystem): boolean | Promise<boolean>;
  set(names: readonly string[], held: boolean, target: System): Promise<void>;
}

const LOCK_TIMEOUT_MS = 5 * 60_000;
const ZYPP_LOCKS = "/etc/zypp/locks";

const holds: { readonly [manager in Manager["name"]]?: Holds } = {
  apt: {
    isHeld: async (name, target) => (await installedOn(target)).find(name).some(({ held }) => held),
    set: (names, held, target) => runBy(["apt-mark", held ? "hold" : "unhold", "--", ...names], target),
  },
  zypper: {
    isHeld: (name, target) =>
      stanzasOf(linesIn(textAt(ZYPP_LOCKS, target))).some((stanza) => valueIn(stanza, "solvable_name") === name),
    set: (names, held, target) =>
      runBy(["zypper", "--non-interactive", held ? "addlock" : "removelock", "--", ...names], target),
  },
  pacman: {
    isHeld: (name, target) => ignored(textAt(PACMAN_CONF, target)).includes(name),
    async set(names, held, target) {
      const text = textAt(PACMAN_CONF, target);
      const others = ignored(text).filter((name) => !names.includes(name));
      await put(PACMAN_CONF, withIgnored(text, held ? [...others, ...names] : others), target);
    },
  },
};

export async function holdsOn(target: ReadSystem): Promise<Holds> {
  const { name } = await managerOf(target);
  const found = holds[name];
  if (found !== undefined) return found;
  throw new SlothError("E_NO_PACKAGE_MANAGER", `${name} has no holds of its own`, {
    hint:
      name === "dnf" ? "keep an exclude= in /etc/dnf/dnf.conf" : "install the version that is wanted with pkg.install",
  });
}

async function runBy(argv: Argv, target: System): Promise<void> {
  const manager = await managerOf(target);
  if (manager.name === "apt") return transact(manager, argv, target, LOCK_TIMEOUT_MS);
  mustSucceed(argv, await target.run(argv, inEnglish));
}

function ignored(text: string): readonly string[] {
  return wordsIn(sectionOf(linesIn(text), "options"), "IgnorePkg") ?? [];
}

function withIgnored(text: string, names: readonly string[]): string {
  const lines = linesIn(text);
  const section = sectionOf(lines, "options");
  if (section === undefined) return `${text}[options]\nIgnorePkg = ${names.join(" ")}\n`;
  return textOfLines(
    withEntry(lines, section, "IgnorePkg", names.length === 0 ? [] : [`IgnorePkg = ${names.join(" ")}`]),
  );
}
