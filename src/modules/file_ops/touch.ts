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
import type { ReadSystem } from "../../system/system.ts";
import { ownershipFields } from "../_files/fields.ts";
import {
  attributesOf,
  desiredOwnership,
  followed,
  isChanged,
  readFacts,
  removeMade,
  requireParent,
  setOwnership,
  stated,
  type FileFacts,
  type Ownership,
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

const schema = object({
  path: absolutePath("The file; made empty when it is missing."),
  mtime: time("Time of its last change"),
  atime: time("Time it was last read"),
  ...ownershipFields,
  follow: withDefault(flag("Of what a link leads to, not of the link itself."), true),
});

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
  schema,
  identity: (props) => props.path,
  want: ({ mtime, atime, follow, ...props }) =>
    stated({ ...props, mtime: instant(mtime), atime: instant(atime), follow: follow ? true : undefined }),

  read(want, target) {
    const path = placeOf(want, target);
    const facts = readFacts(target, path);
    const stat = target.lstat(path);
    if (facts === null || stat === null) return null;
    return { ...facts, mtime: toIso(stat.mtimeMs), atime: toIso(stat.atimeMs) };
  },

  desired(want, actual, target) {
    const { path, mtime, atime } = want;
    const ownership = desiredOwnership(want, actual, target, { path, type: "file" });
    return { type: actual?.type ?? "file", mtime, atime, ...ownership };
  },

  async apply(want, diff, target) {
    const path = placeOf(want, target);
    if (isChanged(diff, "type")) {
      requireParent(target, path);
      await target.writeFile(path, new Uint8Array(), attributesOf(diff.desired));
    } else setOwnership(target, path, diff);
    const now = target.lstat(path);
    if (now === null || !isChanged(diff, "mtime", "atime")) return;
    const { mtime, atime } = want;
    target.utimes(
      path,
      atime === undefined ? now.atimeMs : Date.parse(atime),
      mtime === undefined ? now.mtimeMs : Date.parse(mtime),
    );
  },

  file: (want) => want.path,
  remove: removeMade,
});

function placeOf(want: Touch, target: ReadSystem): string {
  return want.follow ? followed(target, want.path) : want.path;
}

function instant(given: number | string | undefined): string | undefined {
  if (given === undefined) return undefined;
  if (typeof given === "number") return toIso(given * 1000);
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)\.(\d\d)$/.exec(given) ?? [];
  if (year === undefined) return toIso(Date.parse(given));
  return toIso(
    new Date(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)).getTime(),
  );
}

function toIso(milliseconds: number): string {
  return new Date(Math.floor(milliseconds)).toISOString();
}
