import { type FileFacts, factsOf, factsThrough } from "../../engine/call/path-facts.ts";
import { defineResource } from "../../engine/resource.ts";
import {
  absolutePath,
  either,
  flag,
  number,
  object,
  optional,
  textLike,
  withDefault,
  type Props,
} from "../../engine/schema.ts";
import type { FileStat, Look, ReadSystem } from "../../system/system.ts";
import { ownershipFields } from "../_files/fields.ts";
import {
  attributesOf,
  desiredOwnership,
  identified,
  isChanged,
  requireParent,
  setOwnership,
  stated,
  type Ownership,
  undoMade,
} from "../_files/file.ts";

const TIME = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[-+]\d\d:?\d\d)?)?$|^\d{12}\.\d\d$/;
const time = (what: string) =>
  optional(
    either(
      `${what}: seconds since 1970, "2026-01-31T12:00:00Z" or "202601311200.00" (local time); left alone when absent.`,
      number(""),
      textLike("", TIME, "a time"),
      'a number of seconds or a time such as "2026-01-31T12:00:00Z"; left out, the file is only made when it is missing',
    ),
  );

const schema = object(
  {
    path: absolutePath("The file; made empty when it is missing."),
    mtime: time("Time of its last change"),
    atime: time("Time it was last read"),
    ...ownershipFields,
    follow: withDefault(flag("Of what a link leads to, not of the link itself."), true),
  },
  ({ mtime, atime }) => mistakeIn("mtime", mtime) ?? mistakeIn("atime", atime),
);

type Touch = Ownership & {
  readonly path: string;
  readonly mtime?: string;
  readonly atime?: string;
  readonly follow?: true;
};

/** Keeps a file there, with times where they are stated. */
export const touch = defineResource<Props<typeof schema>, Touch, FileFacts>({
  name: "file_ops.touch",
  kind: "file",
  version: 1,
  summary: "Makes an empty file where there is none, and keeps its times.",
  example: 'file_ops.touch{ path = "/var/lib/app/ready", mode = "0644", mtime = "2026-01-31T12:00:00Z" }',
  schema,
  identity: (props) => props.path,
  want: ({ mtime, atime, follow, ...props }) =>
    stated({ ...props, mtime: instant(mtime), atime: instant(atime), follow: follow ? true : undefined }),

  read(want, target) {
    using found = target.look(want.path, { follow: want.follow });
    const facts = identified(seen(want, found, target), want, found, target);
    if (facts === null || found.stat === null) return null;
    return { ...facts, mtime: toIso(found.stat.mtimeMs), atime: toIso(found.stat.atimeMs) };
  },

  desired(want, actual, target) {
    const { path, mtime, atime } = want;
    const ownership = desiredOwnership(want, actual, target, { path, type: "file" });
    return { type: actual?.type ?? "file", mtime, atime, ...ownership };
  },

  async apply(want, diff, target) {
    if (isChanged(diff, "type")) requireParent(target, want.path);
    using place = target.place(want.path, { follow: want.follow });
    const { atimeMs, mtimeMs } = timesFor(want, place.stat);
    if (isChanged(diff, "type")) {
      const times = { atimeMs, mtimeMs };
      await place.writeFile(new Uint8Array(), { ...attributesOf(diff.desired), times });
      return;
    }
    setOwnership(place, diff, target);
    if (isChanged(diff, "mtime", "atime")) place.utimes(atimeMs, mtimeMs);
  },

  file: (want) => (isOfLink(want) ? undefined : want.path),
  undo: undoMade,
});

/** Where a link leads is not read while the time is kept at which it was last read. */
function seen(want: Touch, found: Look, target: ReadSystem): FileFacts | null {
  return isOfLink(want) && found.stat !== null ? factsOf(target, found.stat) : factsThrough(target, want.path, found);
}

function isOfLink({ atime, follow }: Touch): boolean {
  return atime !== undefined && follow === undefined;
}

/** What is not stated is left alone, or now. */
function timesFor({ atime, mtime }: Touch, stat: FileStat | null): { atimeMs: number; mtimeMs: number } {
  const now = stat ?? { atimeMs: Date.now(), mtimeMs: Date.now() };
  return {
    atimeMs: atime === undefined ? now.atimeMs : Date.parse(atime),
    mtimeMs: mtime === undefined ? now.mtimeMs : Date.parse(mtime),
  };
}

function mistakeIn(field: string, given: number | string | undefined): string | undefined {
  if (given === undefined || millisecondsOf(given) !== undefined) return undefined;
  return `'${field}' is no time of any calendar: ${given}`;
}

function instant(given: number | string | undefined): string | undefined {
  const milliseconds = given === undefined ? undefined : millisecondsOf(given);
  return milliseconds === undefined ? undefined : toIso(milliseconds);
}

/** undefined: there is no such day or hour, or the year has not four digits. */
function millisecondsOf(given: number | string): number | undefined {
  const milliseconds = typeof given === "number" ? given * 1000 : parsed(given);
  return Math.abs(milliseconds) < LONGEST && toIso(milliseconds).length === LENGTH ? milliseconds : undefined;
}

const LONGEST = 8.64e15;
/** Of "2026-01-31T12:00:00.000Z": other years have a sign before them. */
const LENGTH = 24;

function parsed(text: string): number {
  const local = LOCAL.exec(text);
  const parts = (local ?? ISO.exec(text) ?? []).slice(1).map((part: string | undefined) => Number(part ?? 0));
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  const date = new Date(Date.UTC(year, month - 1, day));
  // A Date takes the 30th of February for the 2nd of March.
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return Number.NaN;
  if (hour > 23 || minute > 59 || second > 59) return Number.NaN;
  return local === null ? Date.parse(text) : new Date(year, month - 1, day, hour, minute, second).getTime();
}

const LOCAL = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)\.(\d\d)$/;
const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d))?)?/;

function toIso(milliseconds: number): string {
  return new Date(Math.floor(milliseconds)).toISOString();
}
