import { toBytes, toText, utf8Text } from "../../base/byte-text.ts";
import { SlothError } from "../../base/errors.ts";
import { plainFacts } from "../../engine/record/resource-row.ts";
import type { Facts } from "../../engine/resource.ts";
import { isOneLine, optional, textLike } from "../../engine/schema.ts";
import { mustSucceed } from "../../system/processes/command.ts";
import type { Argv, ReadSystem, System } from "../../system/system.ts";
import { missing } from "../_files/file.ts";
import { entryFile } from "../_files/entry-file.ts";
import type { TextStore } from "../_files/entries.ts";

/** Whose crontab, or which file of /etc/cron.d. */
export type Place = { readonly path: string } | { readonly user: string };

/** In place of a user's crontab. A hidden file is one that cron does not read. */
export const fileField = () =>
  optional(
    textLike(
      "A file in /etc/cron.d, or an absolute path, in place of the user's crontab.",
      (name) => isOneLine(name) && /^(?:\/.*[^/]|[^/.-][^/]*)$/.test(name),
      "a name in /etc/cron.d or an absolute path",
    ),
  );

/** A file that is named without a directory is in /etc/cron.d. */
export function placeOf({
  user = "root",
  file,
}: {
  readonly user?: string | undefined;
  readonly file?: string | undefined;
}): Place {
  if (file === undefined) return { user };
  return { path: file.startsWith("/") ? file : `/etc/cron.d/${file}` };
}

export function placeText(place: Place): string {
  return "path" in place ? place.path : place.user;
}

/** What is kept in a place has its address: "root: backup". */
export function addressIn(place: Place, name: string): string {
  return `${placeText(place)}: ${name}`;
}

/** What puts back what an address had. */
export function restated(address: string, facts: Facts | null) {
  const at = address.indexOf(": ");
  const text = address.slice(0, at);
  const place = placeOf(text.startsWith("/") ? { file: text } : { user: text });
  const stated = facts === null ? null : plainFacts(facts);
  return { want: { place, name: address.slice(at + 2), stated }, stated: stated ?? {} };
}

const file = entryFile<{ readonly path: string }>({ emptyGoes: true });

/** Crontabs of users, which only `crontab` reads and writes, and files of /etc/cron.d. */
export const crontabs: TextStore<{ readonly place: Place }> = {
  read: ({ place }, target) =>
    "path" in place
      ? file.read(place, target)
      : target.cached(`crontab:${place.user}`, () => readCrontab(place.user, target)),
  write: ({ place }, before, after, target) =>
    "path" in place ? file.write(place, before, after, target) : writeCrontab(place.user, before, after, target),
};

export function cronLocks({ place }: { readonly place: Place }): readonly string[] {
  return ["path" in place ? `file:${place.path}` : `crontab:${place.user}`];
}

export function cronFile({ place }: { readonly place: Place }): string | undefined {
  return "path" in place ? place.path : undefined;
}

async function readCrontab(user: string, target: ReadSystem): Promise<string | null> {
  requireCrontab(user, target);
  const { exitCode, stdout, stderr } = await target.query(["crontab", ...options(user, target), "-l"], C);
  if (exitCode === 0) return toText(stdout);
  const said = utf8Text(stderr).trim();
  if (/^no crontab for |can't open .*No such file/m.test(said)) return null;
  throw new SlothError("E_CRONTAB", `the crontab of ${user} cannot be read, so it is left alone: ${said}`);
}

async function writeCrontab(user: string, before: string | null, after: string, target: System): Promise<void> {
  if ((await readCrontab(user, target)) !== before)
    throw new SlothError("E_CHANGED", `the crontab of ${user} was changed by others while it was edited`, {
      hint: "run again",
    });
  const argv: Argv = ["crontab", ...options(user, target), after === "" ? "-r" : "-"];
  mustSucceed(argv, await target.run(argv, after === "" ? C : { ...C, stdin: toBytes(after) }));
}

function options(user: string, target: ReadSystem): readonly string[] {
  return target.euid === 0 ? ["-u", user] : [];
}

function requireCrontab(user: string, target: ReadSystem): void {
  if (target.userId(user) === null)
    throw missing(target, `there is no user ${user}`, "create it before with user.create", {
      kind: "user",
      name: user,
    });
  if (target.which("crontab") === null)
    throw missing(target, "there is no crontab on this machine", "install the package cron (cronie on others)");
  if (target.euid !== 0 && target.userName(target.euid) !== user)
    throw new SlothError("E_ACCESS", `the crontab of ${user} takes root, and we are uid ${target.euid}`, {
      hint: `run it with sudo, or with user = "${target.userName(target.euid)}"`,
    });
}

const C = { env: { LC_ALL: "C" } };
