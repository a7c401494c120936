import { duration, flag, oneOrMany, optional, textLike } from "../../engine/schema.ts";

/** A name of any manager, with an architecture where it has one: `libc6:i386`, `glibc.i686`, `g++`, `perl(JSON)`. */
const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9+._:()/-]*[A-Za-z0-9+.)])?$/;
const VERSION = /^[A-Za-z0-9][A-Za-z0-9+.:~^_-]*$/;
const LOCK_TIMEOUT_MS = 5 * 60_000;

export const packageName = textLike("Name of the package.", NAME, "the name of a package");

export const names = oneOrMany("Name of the package, or a list of them, which become one transaction.", packageName);

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
