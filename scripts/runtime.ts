import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import lock from "../package-lock.json" with { type: "json" };

const VERSION = lock.packages["node_modules/bun"].version;

/** SHA-512 of the runtimes that the package `bun` does not list, and the lock file with it. They go with its version. */
const FURTHER: Readonly<Record<string, string>> = {
  "bun-linux-x64-baseline":
    "sha512-s8yMwYcFnnrA178gji0gZbkE2WVDej/Ti1x770oPfihxyRxSMNhGhiAQNXV53aDeraZxksdvKV/RAdQBCd0qPA==",
  "bun-linux-x64-musl-baseline":
    "sha512-cWJhU8h0+MiUgpSt99sQhjxLIIosKEcKYdtKddohokUvAuN6jKOy7g7+QDTZTXtwHxz93wL3BX+L6wXVPDUH3A==",
};
const CACHE = resolve("node_modules/.cache/runtimes");

/**
 * The runtime that a build for another machine starts with, unpacked into `directory`: a package of npm, held to the SHA-512 that is
 * written down here, whatever the registry or the cache has by now.
 */
export async function runtimeFor(name: string, directory: string): Promise<string> {
  const archive = join(CACHE, `${name}-${VERSION}.tgz`);
  if (!(await Bun.file(archive).exists())) await download(name, archive);
  checkRuntime(name, await readFile(archive));
  await run(["tar", "-xzf", archive, "-C", directory, "package/bin/bun"]);
  return join(directory, "package/bin/bun");
}

export function checkRuntime(name: string, archive: Uint8Array): void {
  const wanted = integrityOf(name);
  const found = `sha512-${createHash("sha512").update(archive).digest("base64")}`;
  if (found === wanted) return;
  throw new Error(
    `@oven/${name} ${VERSION} is not what was written down: ${found}, and not ${wanted}; remove ${CACHE}`,
  );
}

function integrityOf(name: string): string {
  const locked = new Map(Object.entries(lock.packages)).get(`node_modules/@oven/${name}`);
  const integrity = FURTHER[name] ?? (locked !== undefined && "integrity" in locked ? locked.integrity : undefined);
  if (integrity === undefined) throw new Error(`@oven/${name}: nothing is written down to hold it to`);
  return integrity;
}

/** Under its name only when it is whole. */
async function download(name: string, archive: string): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  const directory = await mkdtemp(join(CACHE, ".download-"));
  try {
    await run(["npm", "pack", "--silent", "--pack-destination", directory, `@oven/${name}@${VERSION}`]);
    await rename(join(directory, `oven-${name}-${VERSION}.tgz`), archive);
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function run(argv: string[]): Promise<void> {
  const code = await Bun.spawn(argv, { stdio: ["ignore", "ignore", "inherit"] }).exited;
  if (code !== 0) throw new Error(`${argv.join(" ")}: failed`);
}
