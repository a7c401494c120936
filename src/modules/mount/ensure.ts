import { utf8Text } from "../../base/byte-text.ts";
import { SlothError } from "../../base/errors.ts";
import type { Value, ValueObject } from "../../base/value.ts";
import { plainFacts } from "../../engine/record/resource-row.ts";
import { defineResource, predictMerged } from "../../engine/resource.ts";
import {
  absolutePath,
  integer,
  isOneLine,
  object,
  oneOf,
  oneOrMany,
  optional,
  textLike,
  withDefault,
  type Props,
} from "../../engine/schema.ts";
import { mustSucceed } from "../../system/processes/command.ts";
import type { Argv, ReadSystem, System } from "../../system/system.ts";
import { entryHooks } from "../_files/entries.ts";
import { entryFile } from "../_files/entry-file.ts";
import { aPath, makeDirectories, missing } from "../_files/file.ts";
import { fstabForm, sameOptions, type FstabFacts } from "./_fstab.ts";
import { isFrom, keepersOf, mountOf, mounts, type Mount } from "./_mounts.ts";

const word = (summary: string, shape: string) => textLike(summary, /^[^\s,\0-\x1f\x7f]+$/, shape);

const schema = object(
  {
    path: absolutePath("Where it is mounted."),
    src: optional(
      textLike(
        "What: a device, `UUID=…`, `LABEL=…`, a directory for `bind`.",
        (src) => src !== "" && isOneLine(src),
        "one line",
      ),
    ),
    fstype: optional(word("Type of the file system; `none` for a bind.", "the type of a file system")),
    opts: withDefaultOptions(),
    dump: withDefault(integer("Fifth field of fstab.", 0), 0),
    pass: withDefault(integer("Sixth field of fstab: the order of checks at boot.", 0), 0),
    state: withDefault(
      oneOf(
        "`mounted`: in fstab and now; `present`: in fstab alone; `remounted`: what is mounted has the options of fstab; `unmounted`: not now; `absent`: neither.",
        "mounted",
        "remounted",
        "present",
        "unmounted",
        "absent",
      ),
      "mounted",
    ),
    fstab: withDefault(absolutePath("The file."), "/etc/fstab"),
  },
  ({ path, src, fstype, state }) => {
    if (state === "unmounted" || state === "absent")
      return path === "/" ? "'path' is /, which stays mounted" : undefined;
    if (state === "remounted") return undefined;
    if (src === undefined) return "'src' is missing";
    return fstype === undefined ? "'fstype' is missing" : undefined;
  },
);

function withDefaultOptions() {
  return optional(
    oneOrMany(
      "Options, a set. Default: `defaults`.",
      textLike("", (one) => one !== "" && isOneLine(one), "options in one line"),
    ),
  );
}

type Asked = Props<typeof schema>;
type MountFacts = FstabFacts & {
  readonly mounted?: boolean | undefined;
  /** What is mounted there. */
  readonly source?: string | undefined;
  /** Of the options of which the kernel tells, those in force. */
  readonly in_force?: readonly string[] | undefined;
  readonly directory?: boolean | undefined;
};
type Want = {
  readonly path: string;
  readonly fstab: string;
  readonly stated: ValueObject;
  /** With the options that fstab has for it. */
  readonly remount?: true;
};

/** Options of which the kernel tells, and what takes each back. */
const TOLD: { readonly [option: string]: string } = {
  dirsync: "async",
  noatime: "atime",
  nodev: "dev",
  nodiratime: "diratime",
  noexec: "exec",
  nosuid: "suid",
  ro: "rw",
  sync: "async",
};

/** Options that bring others along, which are then not asked for. */
const BRINGING = ["user", "users", "owner", "group"];

const file = entryFile<{ readonly path: string }>();
const entry = entryHooks<Want, FstabFacts>(fstabForm(), {
  read: ({ fstab }, target) => file.read({ path: fstab }, target),
  write: ({ fstab }, before, after, target) => file.write({ path: fstab }, before, after, target),
});

/** Keeps a mount: the line of fstab and what is mounted now, each as far as it is stated. */
export const ensure = defineResource<Asked, Want, MountFacts>({
  name: "mount.ensure",
  kind: "mount",
  version: 1,
  summary: "Keeps a file system mounted, and its line in fstab.",
  example: `
    file_ops.directory{ path = "/srv/cache" }
    mount.ensure{ path = "/srv/cache", src = "tmpfs", fstype = "tmpfs", opts = "size=64m,mode=0755" }
  `,
  schema,
  identity: ({ fstab, path }) => (fstab === "/etc/fstab" ? path : `${fstab}: ${path}`),
  want: (props) => ({
    path: props.path,
    fstab: props.fstab,
    stated: statedOf(props),
    ...(props.state === "remounted" && { remount: true }),
  }),

  async read(want, target) {
    const line = (await entry.read(want, target)) ?? { src: "" };
    const { opts } = want.stated;
    const isSame = typeof opts === "string" && line.opts !== undefined && sameOptions(line.opts, opts);
    return { ...line, ...(isSame && { opts }), ...(await liveFacts(want, target)) };
  },

  desired(want, actual, target) {
    if (want.remount === undefined) return want.stated;
    if (actual?.mounted !== true)
      throw missing(target, `nothing is mounted at ${want.path}`, 'state = "mounted" mounts it');
    if (actual.opts === undefined) throw missing(target, `${want.fstab} has no line for ${want.path}`);
    return { ...want.stated, in_force: toldOf(actual.opts) };
  },

  async apply(want, diff, target, inputs) {
    const wanted = { ...diff.actual, ...diff.desired };
    const changed = new Set(diff.changes.map(({ property }) => property));
    const mustLeave = diff.actual?.mounted === true && (wanted.mounted !== true || changed.has("source"));
    if (mustLeave && (changed.has("mounted") || changed.has("source"))) await unmount(want.path, target);
    if (wanted.directory === true && changed.has("directory")) makeDirectories(target, want.path, {});
    if (FIELDS.some((field) => changed.has(field))) {
      const { src, fstype, opts, dump, pass } = wanted;
      const line = src === "" ? null : { src, fstype, opts, dump, pass };
      await entry.apply(want, { ...diff, desired: line }, target, inputs);
    }
    if (diff.desired?.mounted === true)
      await mountOrRemount(want.path, { before: diff.actual, wanted }, mustLeave, changed, target);
    if (diff.desired?.directory === false && changed.has("directory")) removeEmpty(want.path, target);
  },

  predict: predictMerged,
  locks: ({ fstab }) => [`file:${fstab}`, "mounts"],
  undo: {
    own: ({ fstab, path }) => [fstab, path],
    restate(address, facts) {
      const [fstab = "", path = ""] = address.includes(": ") ? address.split(": ", 2) : ["/etc/fstab", address];
      const values = facts === null ? { src: "", mounted: false } : plainFacts(facts);
      return { want: { path, fstab, stated: values }, stated: values };
    },
  },
});

const FIELDS = ["src", "fstype", "opts", "dump", "pass"] as const;

function statedOf({ src = "", fstype = "", opts = ["defaults"], dump, pass, state }: Asked): ValueObject {
  if (state === "unmounted") return { mounted: false };
  if (state === "remounted") return { mounted: true };
  if (state === "absent") return { src: "", mounted: false };
  const line = { src, fstype, opts: opts.join(","), dump, pass };
  if (state === "present") return line;
  return { ...line, mounted: true, source: src, in_force: toldOf(line.opts), directory: true };
}

/** Of options those of which the kernel tells. */
function toldOf(opts: string): readonly string[] {
  return Object.keys(TOLD).filter((option) => opts.split(",").includes(option));
}

async function liveFacts({ path, stated }: Want, target: ReadSystem): Promise<Partial<MountFacts>> {
  const all = await mounts(target);
  const mount = all.findLast(({ point }) => point === path);
  const directory = target.stat(path)?.type === "directory";
  if (mount === undefined) return { mounted: false, directory };
  const { source: src, in_force: wanted, opts = "" } = stated;
  const isSame = typeof src === "string" && isFrom(mount, src, all, target);
  const isWanted = (option: string): boolean => Array.isArray(wanted) && wanted.includes(option);
  const brings = String(opts as string)
    .split(",")
    .some((option) => BRINGING.includes(option));
  const inherited = String(opts as string)
    .split(",")
    .includes("bind")
    ? inheritedBy(mount, all, src)
    : [];
  const isAsked = (option: string): boolean => isWanted(option) || (!brings && !inherited.includes(option));
  const inForce = Object.keys(TOLD).filter((one) => mount.options.includes(one) && isAsked(one));
  return { mounted: true, source: isSame ? src : mount.source, in_force: inForce, directory };
}

/** A bind has the options of the mount that its directory is on, unless it states others. */
function inheritedBy(mount: Mount, all: readonly Mount[], src: Value | undefined): readonly string[] {
  return typeof src === "string"
    ? (mountOf(
        src,
        all.filter((one) => one !== mount),
      )?.options ?? [])
    : [];
}

async function mountOrRemount(
  path: string,
  { before, wanted }: { readonly before: MountFacts | null; readonly wanted: MountFacts },
  isLeft: boolean,
  changed: ReadonlySet<string>,
  target: System,
): Promise<void> {
  const { source = "", fstype = "auto", opts = "defaults", in_force: inForce = [] } = wanted;
  const unwanted = (before?.in_force ?? []).filter((option) => !inForce.includes(option));
  const anew = ["remount", opts, ...unwanted.map((option) => TOLD[option])].join(",");
  const isNew = isLeft || changed.has("mounted");
  const isOther = changed.has("opts") || changed.has("in_force");
  if (!isNew && !isOther) return;
  const isBind = opts.split(",").includes("bind");
  const argv: Argv = isNew
    ? ["mount", "-t", isBind ? "none" : fstype, "-o", opts, "--", source, path]
    : ["mount", "-o", anew, "--", path];
  mustSucceed(argv, await target.run(argv, C));
  // The kernel takes other options of a bind in a second step only.
  if (isNew && isBind && opts !== "bind") {
    const again: Argv = ["mount", "-o", `remount,${opts}`, "--", path];
    mustSucceed(again, await target.run(again, C));
  }
}

async function unmount(path: string, target: System): Promise<void> {
  const argv: Argv = ["umount", "--", path];
  const result = await target.run(argv, C);
  if (result.exitCode === 0 || !/busy/.test(utf8Text(result.stderr))) return void mustSucceed(argv, result);
  const keepers = keepersOf(path, target);
  const who = keepers.length === 0 ? "something" : keepers.join(", ");
  throw new SlothError("E_BUSY", `${path} is busy: ${who} keeps it`, { hint: "end it, and run again" });
}

function removeEmpty(path: string, target: System): void {
  using place = target.place(path);
  if (place.stat?.type !== "directory") throw missing(target, `${path} is no directory`, undefined, aPath(path));
  if (place.list().length === 0) place.unlink();
}

const C = { env: { LC_ALL: "C" } };
