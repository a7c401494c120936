import { copyFileSync, mkdirSync, readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { cachedDirectory, recipeDigest, remove } from "./cache.ts";
import { succeed } from "./command.ts";
import { stageDebs } from "./deb.ts";
import { packages, signedPackages } from "./packages.ts";
import { stagePacmanPackages } from "./pacman.ts";
import type { Roots } from "./roots.ts";
import { stageRpms } from "./rpm.ts";
import { writeStaged } from "./stage.ts";

const sources = ["packages.ts", "stage.ts", "deb.ts", "rpm.ts", "pacman.ts", "repositories.ts", "roots.ts"];

/** Directory with the package repositories `deb`, `signed`, `rpm` and `pacman`; hosts see it at /srv/repo. */
export function repositories(made: Roots): Promise<string> {
  return cachedDirectory("repo", recipeDigest(sources), (directory) => build(directory, made));
}

async function build(directory: string, made: Roots): Promise<void> {
  const work = `${directory}.work`;
  await remove(work);
  mkdirSync(join(work, "deb/pool"), { recursive: true });
  for (const name of readdirSync(made.downloads))
    copyFileSync(join(made.downloads, name), join(work, "deb/pool", name));
  const scripts = [
    stageDebs(work, packages),
    stageDebs(work, signedPackages, "signed"),
    stageRpms(work, packages),
    stagePacmanPackages(work, packages),
  ];
  writeStaged(join(work, "src/build.sh"), ["set -eu", "cd /mnt", ...scripts].join("\n"));
  await inRoot(made.managers, work, ["bash", "/mnt/src/build.sh"]);
  await remove(join(work, "src"));
  renameSync(work, directory);
}

/** Runs a command in a root where `work` is /mnt and all else but the temporary directories is read-only; its mounts are in a namespace of their own. */
async function inRoot(root: string, work: string, argv: readonly string[]): Promise<void> {
  const prepare = `
    root=$1 work=$2
    shift 2
    mount --bind "$root" "$root"
    mount --bind "$work" "$root/mnt"
    mount -t tmpfs tmpfs "$root/tmp"
    mount -t tmpfs tmpfs "$root/var/tmp"
    mount -t proc proc "$root/proc"
    mount -o remount,bind,ro "$root"
    exec chroot "$root" "$@"`;
  const env = { PATH: process.env["PATH"], HOME: "/tmp", LANG: "C.UTF-8" };
  const apart = ["unshare", "--mount", "--pid", "--fork", "--propagation", "private"];
  await succeed([...apart, "sh", "-ceu", prepare, "sh", root, work, ...argv], { env });
}
