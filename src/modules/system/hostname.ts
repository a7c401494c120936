import { toBytes, utf8Text } from "../../base/byte-text.ts";
import { defineResource, predictMerged, type Facts } from "../../engine/resource.ts";
import { flag, object, textLike, withDefault, type Props } from "../../engine/schema.ts";
import { mustSucceed } from "../../system/processes/command.ts";
import type { Argv, ReadSystem, System } from "../../system/system.ts";
import { requireRoot } from "../_accounts/tools.ts";

const LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
const NAME = new RegExp(String.raw`^(?=.{1,64}$)${LABEL}(?:\.${LABEL})*$`);

const schema = object({
  name: textLike("The name, whole or short.", NAME, "letters, digits and '-' in parts between dots, 64 at most"),
  apply: withDefault(flag("Keep what is in force too, not only /etc/hostname."), true),
});

type Asked = Props<typeof schema>;
type NameFacts = Facts & {
  /** What /etc/hostname says; "" when there is none. */
  readonly name?: string | undefined;
  readonly running?: string | undefined;
};
type Want = { readonly name: string; readonly apply: boolean };

const FILE = "/etc/hostname";

/** Keeps the machine's name: in /etc/hostname for the next boot, and in force. */
export const hostname = defineResource<Asked, Want, NameFacts>({
  name: "system.hostname",
  kind: "hostname",
  version: 1,
  summary: "Keeps the machine's name.",
  example: 'system.hostname{ name = "web1" }',
  schema,
  identity: () => "hostname",
  want: ({ name, apply }) => ({ name, apply }),
  read: (_want, target) => ({ name: firstName(FILE, target), running: firstName("/proc/sys/kernel/hostname", target) }),
  desired: ({ name, apply }) => (apply ? { name, running: name } : { name }),

  async apply(_want, diff, target) {
    requireRoot(target, "system files");
    const { name, running } = diff.desired ?? {};
    const changed = new Set(diff.changes.map(({ property }) => property));
    if (name !== undefined && changed.has("name")) await writeName(name, target);
    if (running === undefined || !changed.has("running")) return;
    const argv: Argv = ["hostname", running];
    mustSucceed(argv, await target.run(argv, { env: { LC_ALL: "C" } }));
  },

  refuse: (target) => requireRoot(target, "system files"),
  predict: predictMerged,
  locks: () => [`file:${FILE}`],
  undo: {
    restate: (_name, facts) => ({ want: { name: facts?.name ?? "", apply: true }, stated: facts ?? {} }),
  },
});

async function writeName(name: string, target: System): Promise<void> {
  if (name === "") target.unlink(FILE);
  else await target.writeFile(FILE, toBytes(`${name}\n`), {});
}

function firstName(path: string, target: ReadSystem): string {
  if (target.stat(path)?.type !== "file") return "";
  const lines = utf8Text(target.readFile(path)).split("\n");
  return lines.map((line) => line.trim()).find((line) => line !== "" && !line.startsWith("#")) ?? "";
}
