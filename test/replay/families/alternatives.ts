import { utf8Text } from "../../../src/base/byte-text.ts";
import type { System } from "../../../src/system/system.ts";
import { call, type Family } from "../family.ts";

/** Ansible's alternatives. */
export const alternatives: Family = {
  name: "alternatives",
  call({ args }) {
    const { name, path, link, state, subcommands } = args;
    if (subcommands !== undefined) return "links that go along, recorded without what they lead to";
    const priority = args["priority"] === undefined ? undefined : Number(args["priority"]);
    const auto = state === "auto" || state === "present" ? true : undefined;
    return call("pkg.alternative", { name, path, link, priority, auto, state: state === "absent" ? state : undefined });
  },
  programs: () => ({
    "update-alternatives": async (_options, system, [, verb = "", ...words]) => {
      await act(verb, words, system);
      return "";
    },
  }),
  files: () => ({ "/etc/alternatives/README": "", "/var/lib/dpkg/alternatives/README": "" }),
  // What is asked of the tool is what stands in its record.
  text: (key) => (key === "cmd:query" ? "" : undefined),
  normal: (text, key) => (key === "cmd:query" ? "" : text),
};

const recordOf = (name: string): string => `/var/lib/dpkg/alternatives/${name}`;

interface Kept {
  mode: string;
  readonly link: string;
  readonly choices: Map<string, string>;
}

/** What dpkg's tool does of it. */
async function act(verb: string, words: readonly string[], system: System): Promise<void> {
  const [name = "", path = "", link = "", priority = ""] =
    verb === "--install" ? [words[1], words[2], words[0], words[3]] : words;
  const kept = read(name, link, system);
  if (verb === "--install") kept.choices.set(path, priority);
  if (verb === "--remove") kept.choices.delete(path);
  if (verb === "--set") kept.mode = "manual";
  if (verb === "--auto") kept.mode = "auto";
  const best = [...kept.choices].toSorted((a, b) => Number(b[1]) - Number(a[1]))[0]?.[0];
  const used = verb === "--set" ? path : kept.mode === "auto" ? best : undefined;
  if (used !== undefined) {
    system.symlink(used, `/etc/alternatives/${name}`);
    system.symlink(`/etc/alternatives/${name}`, kept.link);
  }
  const choices = [...kept.choices]
    .toSorted((a, b) => (a[0] < b[0] ? -1 : 1))
    .map(([one, rank]) => `${one}\n${rank}\n`);
  await system.writeFile(recordOf(name), Buffer.from(`${kept.mode}\n${kept.link}\n\n${choices.join("")}\n`), {});
}

function read(name: string, link: string, system: System): Kept {
  const text = system.stat(recordOf(name)) === null ? `auto\n${link}\n\n` : utf8Text(system.readFile(recordOf(name)));
  const [mode = "", at = "", , ...lines] = text.split("\n");
  const choices = new Map<string, string>();
  for (let index = 0; lines[index] !== undefined && lines[index] !== ""; index += 2)
    choices.set(lines[index] ?? "", lines[index + 1] ?? "");
  return { mode, link: at, choices };
}
