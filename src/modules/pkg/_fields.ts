import { duration, flag, oneOrMany, optional, textLike } from "../../engine/schema.ts";

/** A name of any manager, with an architecture where it has one: `libc6:i386`, `glibc.i686`, `g++`, `perl(JSON)`. */
const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9+._:()/-]*[A-Za-z0-9+.)])?$/;
const VERSION = /^[A-Za-z0-9][A-Za-z0-9+.:~^_-]*$/;
const LOCK_TIMEOUT_MS = 5 * 60_000;

export const packageName = textLike("Name of the package.", NAME, "the name of a package");

export const names = oneOrMany("Name of the package, or a list of them, which become one transaction.", packageName);

export const namesOrFiles = oneOrMany(
  "Name of the package, the path of one on the machine, or its URL; or a list of them, which become one transaction.",
  textLike(
    "",
    (given) => NAME.test(given) || /^\/[^\r\n\0]+$/.test(given) || /^https?:\/\/[^\s\0]+$/i.test(given),
    "the name of a package, or the absolute path or URL of one",
  ),
);

export const sha256 = optional(
  textLike("SHA-256 of the package, which a URL needs.", /^(?:sha256:)?[0-9a-fA-F]{64}$/, "64 hexadecimal digits"),
);

export const autoremove = optional(
  flag("What nothing needs any more goes too, also what was left over before; pacman and zypper: only what it needed."),
);

export const reinstall = optional(
  flag("Keeps its files as it brought them, by installing it again; configuration is left. Of apt, dnf and zypper."),
);

const repositoryNames = (summary: string) =>
  optional(oneOrMany(summary, textLike("", /^[A-Za-z0-9*][A-Za-z0-9*._:+-]*$/, "the name of a repository")));

export const enablerepo = repositoryNames("Of dnf: repositories that count for this, though they are not enabled.");
export const disablerepo = repositoryNames("Of dnf: repositories that do not count for this.");

export const version = optional(
  textLike(
    "The version to have; one without epoch or revision is any that has it: `20.10.0` is `5:20.10.0~3-0`. Lower is a downgrade.",
    VERSION,
    "a version",
  ),
);

export const updateCache = optional(flag("Fetch the index first when there is something to install."));

export const cacheValidTime = optional(
  duration("Fetch the index first when it is older and there is something to install: `1h`."),
);

export const recommends = optional(
  flag(
    "Whether what a package recommends comes along; as the machine is set up when absent. pacman and apk have none.",
  ),
);

export const purge = optional(
  flag("Configuration goes too, also of what was removed before; where the manager keeps it."),
);

export const lockTimeout = optional(
  duration("How long to wait for another package manager that is at work; 5 minutes when absent."),
);

export function lockTimeoutOf(props: { readonly lock_timeout?: number | undefined }): number {
  return props.lock_timeout ?? LOCK_TIMEOUT_MS;
}
