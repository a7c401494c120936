import { utf8Text } from "../../base/byte-text.ts";
import { SlothError } from "../../base/errors.ts";
import { plainFacts } from "../../engine/record/resource-row.ts";
import { defineResource, predictMerged, type Diff, type Facts } from "../../engine/resource.ts";
import {
  absolutePath,
  flag,
  isOneLine,
  list,
  object,
  oneOf,
  optional,
  textLike,
  withDefault,
  type Props,
} from "../../engine/schema.ts";
import { mustSucceed } from "../../system/processes/command.ts";
import type { Argv, ReadSystem, System } from "../../system/system.ts";
import { requireRoot } from "../_accounts/tools.ts";
import { missing, stated } from "../_files/file.ts";
import { MAKERS } from "./_makers.ts";

type Type = keyof typeof MAKERS;
const TYPES: readonly Type[] = ["ext4", "ext3", "ext2", "xfs", "btrfs", "vfat", "swap"];

const schema = object({
  device: absolutePath("The device, or a file that stands for one."),
  type: oneOf("What is made on it where it is blank.", ...TYPES),
  label: optional(
    textLike(
      "Its label; left alone when absent.",
      (text) => isOneLine(text) && !text.startsWith("-"),
      "one line that begins with no '-'",
    ),
  ),
  options: optional(
    list("Further words for the program that makes it, such as `-m` and `0`.", textLike("", isOneLine, "one line")),
  ),
  force: withDefault(flag("Makes it also over what is there, which is lost."), false),
});

type Asked = Props<typeof schema>;
type FilesystemFacts = Facts & { readonly type?: string | undefined; readonly label?: string | undefined };
type Want = {
  readonly device: string;
  readonly type: Type;
  readonly label?: string;
  readonly options?: readonly string[];
  readonly force?: true;
  /** Undo only puts a label back: what was lost does not come back with another file system. */
  readonly labelOnly?: true;
};

/** Keeps a file system on a device: made where there is nothing, never over anything unless that is asked. */
export const filesystem = defineResource<Asked, Want, FilesystemFacts>({
  name: "storage.filesystem",
  kind: "filesystem",
  version: 1,
  summary: "Keeps a file system on a device; one that holds anything else is left alone. It stays when the stack goes.",
  example: `
    storage.filesystem{ device = "/dev/sdb1", type = "ext4", label = "data" }
    mount.ensure{ path = "/srv/data", src = "LABEL=data", fstype = "ext4", opts = { "noatime", "nodev" } }
  `,
  schema,
  identity: ({ device }) => device,
  want: ({ device, type, label, options, force }) =>
    stated({ device, type, label, options, force: force ? true : undefined }),
  read: ({ device }, target) => factsOf(device, target),

  desired({ device, type, label, force }, actual, target) {
    if (target.stat(device) === null) throw missing(target, `${device} does not exist`);
    if (actual !== null && actual.type !== type && force !== true)
      throw new SlothError("E_EXISTS", `${device} holds ${actual.type}, which stays`, {
        hint: "force = true makes another file system over it, and what is there is lost",
      });
    if (actual?.type !== type) requireProgram(MAKERS[type].make(device, label, []), type, target);
    return { type, label };
  },

  apply: applyFilesystem,
  predict: predictMerged,
  refuse: (target) => requireRoot(target, "system files"),
  locks: ({ device }) => [`device:${device}`],

  undo: {
    remove: () => Promise.resolve(),
    stays: () => "holds what was put there since, so it stays",
    restate(device, facts) {
      const type = TYPES.find((known) => known === facts?.type);
      if (facts !== null && type === undefined) return null;
      return {
        want: { device, type: type ?? "ext4", labelOnly: true },
        stated: facts === null ? {} : plainFacts(facts),
      };
    },
  },
});

/** null: nothing that is known. A table of partitions counts as something. */
async function factsOf(device: string, target: ReadSystem): Promise<FilesystemFacts | null> {
  if (target.stat(device) === null) return null;
  const argv: Argv = ["blkid", "--probe", "--output", "export", "--", device];
  const result = await target.query(argv, C);
  if (result.exitCode === NOTHING) return null;
  const said = result.exitCode === AMBIGUOUS ? "" : mustSucceed(argv, result).stdout;
  const tags = new Map(
    Array.from(said.matchAll(/^(\w+)=(.*)$/gm), ([, name = "", value = ""]) => [name, value.replace(/\\(.)/g, "$1")]),
  );
  const type =
    tags.get("TYPE") ?? (tags.has("PTTYPE") ? `a table of partitions (${tags.get("PTTYPE")})` : "several things");
  return { type, label: tags.get("LABEL") ?? tags.get("LABEL_FATBOOT") ?? "" };
}

/** Exit codes of blkid(8). */
const NOTHING = 2;
const AMBIGUOUS = 8;

function requireProgram([program]: Argv, type: Type, target: ReadSystem): void {
  if (target.which(program) !== null) return;
  throw missing(target, `there is no ${program} on this machine`, `install ${MAKERS[type].package}`);
}

async function applyFilesystem(
  { device, type, label, options = [], labelOnly }: Want,
  diff: Diff<FilesystemFacts>,
  target: System,
): Promise<void> {
  requireRoot(target, "system files");
  const isMade = diff.changes.some(({ property }) => property === "type");
  if (isMade && labelOnly === true) throw new SlothError("E_CANNOT_UNDO", `what was on ${device} is lost`);
  const wanted = diff.desired?.label;
  const argv = isMade ? MAKERS[type].make(device, label, options) : MAKERS[type].label(device, wanted ?? "");
  if (!isMade) requireProgram(argv, type, target);
  const { exitCode, stderr } = await target.run(argv, C);
  if (exitCode !== 0)
    throw new SlothError(
      "E_COMMAND",
      `${argv[0]} ended with ${exitCode}: ${utf8Text(stderr).trim().split("\n").slice(-3).join("\n")}`,
    );
}

const C = { env: { LC_ALL: "C" } };
