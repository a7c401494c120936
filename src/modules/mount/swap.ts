import { utf8Text } from "../../base/byte-text.ts";
import { SlothError } from "../../base/errors.ts";
import { parentOf } from "../../base/path.ts";
import type { ValueObject } from "../../base/value.ts";
import { plainFacts } from "../../engine/record/resource-row.ts";
import { defineResource, predictMerged, type Diff, type Facts } from "../../engine/resource.ts";
import {
  absolutePath,
  integer,
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
import { entryHooks } from "../_files/entries.ts";
import { entryFile } from "../_files/entry-file.ts";
import { missing } from "../_files/file.ts";
import { bytesIn } from "./_bytes-in.ts";
import { swapForm, type SwapLine } from "./_fstab.ts";

const schema = object(
  {
    path: optional(absolutePath("A file, made where it is missing.")),
    device: optional(absolutePath("A device, in the place of a file; it must hold no file system.")),
    size: optional(
      textLike(
        "Of a file that is made: `512M`, `2G`.",
        (text) => bytesIn(text) !== undefined,
        "a size such as 512M or 2G",
      ),
    ),
    priority: optional(integer("The higher goes first; the kernel's choice when absent.", 0, 32767)),
    fstab: withDefault(absolutePath("The file."), "/etc/fstab"),
    state: withDefault(oneOf("`present`: in fstab alone.", "mounted", "present", "absent"), "mounted"),
  },
  ({ path, device }) =>
    (path === undefined) === (device === undefined) ? "takes either 'path' or 'device'" : undefined,
);

type Asked = Props<typeof schema>;
type SwapFacts = Facts & {
  /** In use now. */
  readonly active?: boolean | undefined;
  /** Of fstab; null: none is stated there. */
  readonly priority?: number | null | undefined;
  readonly listed?: boolean | undefined;
};
type Want = {
  readonly place: string;
  readonly fstab: string;
  readonly bytes: number | null;
  readonly stated: ValueObject | null;
};

const file = entryFile<{ readonly path: string }>();
const entry = entryHooks<{ readonly path: string; readonly stated: ValueObject | null }, SwapLine>(swapForm(), {
  read: ({ path }, target) => file.read({ path: fstabOf(path) }, target),
  write: ({ path }, before, after, target) => file.write({ path: fstabOf(path) }, before, after, target),
});

/** Keeps room for what memory has no room for: a file or a device, in fstab and in use. */
export const swap = defineResource<Asked, Want, SwapFacts>({
  name: "mount.swap",
  kind: "swap",
  version: 1,
  summary: "Keeps a file or a device for swapping, in fstab and in use.",
  example: 'mount.swap{ path = "/swapfile", size = "2G", priority = 10 }',
  schema,
  identity: ({ path, device, fstab }) => (fstab === "/etc/fstab" ? "" : `${fstab}: `) + (path ?? device ?? ""),
  want: (props) => ({
    place: props.path ?? props.device ?? "",
    fstab: props.fstab,
    bytes: props.size === undefined ? null : (bytesIn(props.size) ?? null),
    stated: statedOf(props),
  }),

  async read({ place, fstab, stated }, target) {
    const line = await entry.read({ path: key(fstab, place), stated: {} }, target);
    const active = isActive(place, target);
    const isKept = line !== null || (active && (stated === null || stated["active"] !== undefined));
    if (!isKept) return null;
    return { listed: line !== null, active, priority: line?.priority ?? null };
  },

  desired({ place, stated, bytes }, actual, target) {
    if (stated === null || stated["active"] !== true) return stated;
    if (actual?.active !== true) refuseExposed(place, target);
    const type = target.stat(place)?.type;
    if (type === undefined && bytes === null)
      throw missing(target, `${place} does not exist`, "say how large a file is with size");
    if (type !== undefined && type !== "file" && type !== "block")
      throw new SlothError("E_FILE_TYPE", `${place} is a ${type}, which nothing can swap to`);
    if (type === "file" && actual?.active !== true && bytes === null && target.stat(place)?.size === 0)
      throw new SlothError("E_FIELD", `'size' is missing, as ${place} is empty`);
    return stated;
  },

  apply: applySwap,
  predict: predictMerged,
  refuse: (target) => requireRoot(target, "system files"),
  locks: ({ fstab }) => [`file:${fstab}`, "mounts"],

  undo: {
    async remove(want, _actual, target) {
      await leave(want, target);
    },
    restate(address, facts) {
      const [fstab = "", place = ""] = address.includes(": ") ? address.split(": ", 2) : ["/etc/fstab", address];
      const values = facts === null ? null : plainFacts(facts);
      return { want: { place, fstab, bytes: null, stated: values }, stated: values ?? {} };
    },
  },
});

function statedOf({ priority, state }: Asked): ValueObject | null {
  if (state === "absent") return null;
  // Where only the line is kept, it is there or the whole is not.
  return plainFacts({ ...(state === "mounted" && { listed: true, active: true }), priority });
}

/** The entries of fstab are found by file and place together. */
function key(fstab: string, place: string): string {
  return `${fstab}\0${place}`;
}

function fstabOf(both: string): string {
  return both.split("\0")[0] ?? "";
}

function isActive(place: string, target: ReadSystem): boolean {
  const path = "/proc/swaps";
  if (target.stat(path) === null) return false;
  const real = target.realPath(place) ?? place;
  const lines = utf8Text(target.readFile(path)).split("\n").slice(1);
  return lines.some((line) => [place, real].includes((line.split(/\s+/)[0] ?? "").replaceAll("\\040", " ")));
}

async function applySwap(
  want: Want,
  diff: Diff<SwapFacts>,
  target: System,
  inputs: Parameters<typeof entry.apply>[3],
): Promise<void> {
  requireRoot(target, "system files");
  if (diff.desired === null) return leave(want, target);
  const { place, fstab } = want;
  const { listed, active, priority } = { ...diff.actual, ...diff.desired };
  const changed = new Set(diff.changes.map(({ property }) => property));
  if (changed.has("active") && active === true) await make(want, target);
  if (["exists", "listed", "priority"].some((property) => changed.has(property))) {
    const desired = listed === false ? null : { priority: priority ?? null };
    await entry.apply({ path: key(fstab, place), stated: desired }, { ...diff, actual: null, desired }, target, inputs);
  }
  const isOther = changed.has("priority") && diff.actual?.active === true && active === true;
  if (isOther || (changed.has("active") && active === false)) await run(["swapoff", "--", place], target);
  const first = typeof priority === "number" ? ["--priority", String(priority)] : [];
  if (active === true && (isOther || changed.has("active"))) await run(["swapon", ...first, "--", place], target);
}

/** A file of that size, for nobody else to read, and the sign that the kernel wants on it; never over a file system. */
async function make({ place, bytes }: Want, target: System): Promise<void> {
  refuseExposed(place, target);
  if (target.stat(place) === null && bytes !== null) {
    if (target.stat(parentOf(place)) === null) throw missing(target, `directory ${parentOf(place)} does not exist`);
    await target.writeFile(place, new Uint8Array(), { mode: 0o600, owner: "root", group: "root" });
    await run(["fallocate", "--length", String(bytes), "--", place], target);
  }
  const probe: Argv = ["blkid", "--probe", "--match-tag", "TYPE", "--output", "value", "--", place];
  const found = utf8Text((await target.query(probe, C)).stdout).trim();
  if (found === "swap") return;
  if (found !== "")
    throw new SlothError("E_EXISTS", `${place} holds ${found}, which stays`, { hint: "name another place" });
  await run(["mkswap", "--", place], target);
}

/** The programs are given a path, which must be the same thing for each of them. */
function refuseExposed(place: string, target: ReadSystem): void {
  using found = target.look(place, { follow: true });
  if (!found.isExposed()) return;
  throw new SlothError("E_ACCESS", `${place} is where others than root can put something else`, {
    hint: "name a place in directories that only root may write to",
  });
}

/** A file that was made goes too; a device stays as it is. */
async function leave({ place, fstab, bytes }: Want, target: System): Promise<void> {
  requireRoot(target, "system files");
  if (isActive(place, target)) await run(["swapoff", "--", place], target);
  await entry.undo.remove({ path: key(fstab, place), stated: null }, { priority: null }, target);
  if (bytes !== null && target.lstat(place)?.type === "file") target.unlink(place);
}

async function run(argv: Argv, target: System): Promise<void> {
  mustSucceed(argv, await target.run(argv, C));
}

const C = { env: { LC_ALL: "C" } };
