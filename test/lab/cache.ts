import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, statSync, utimesSync } from "node:fs";
import { basename, join } from "node:path";
import { succeed } from "./command.ts";

/** Where roots, repositories and running labs are kept between runs: $SLOTH_LAB_DIR, else below the user's cache. */
export function labDirectory(): string {
  const cache = process.env["XDG_CACHE_HOME"] ?? join(process.env["HOME"] ?? "/var", ".cache");
  const directory = process.env["SLOTH_LAB_DIR"] ?? join(cache, "sloth-lab");
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return directory;
}

/** Short digest of these source files and texts: what is built from them is built anew when one changes. */
export function recipeDigest(files: readonly string[], ...texts: readonly string[]): string {
  const sources = files.map((file) => readFileSync(join(import.meta.dir, file), "utf8"));
  return Bun.SHA256.hash([...sources, ...texts].join("\0"), "hex").slice(0, 12);
}

/**
 * The directory `NAME-DIGEST`, made by `build` when it is not there yet. Made under another name and renamed, so what is there
 * is whole; one at a time on a machine.
 */
export async function cachedDirectory(
  name: string,
  digest: string,
  build: (directory: string) => Promise<void>,
): Promise<string> {
  const directory = join(labDirectory(), `${name}-${digest}`);
  if (existsSync(directory)) {
    utimesSync(directory, new Date(), new Date());
    return directory;
  }
  using _lock = await fileLock(join(labDirectory(), `${name}.lock`));
  if (existsSync(directory)) return directory;
  const started = Date.now();
  console.error(`lab: building ${basename(directory)}`);
  const partial = `${directory}.partial`;
  await remove(partial);
  await build(partial);
  renameSync(partial, directory);
  await forgetOld(name);
  console.error(`lab: built ${basename(directory)} in ${Math.round((Date.now() - started) / 1000)} s`);
  return directory;
}

/** Those of other recipes that nobody used for a day. */
async function forgetOld(name: string): Promise<void> {
  const entries = readdirSync(labDirectory()).filter((entry) => new RegExp(`^${name}-[0-9a-f]{12}$`).test(entry));
  const old = entries.filter((entry) => Date.now() - statSync(join(labDirectory(), entry)).mtimeMs > DAY_MS);
  await Promise.all(old.map((entry) => remove(join(labDirectory(), entry))));
}

const DAY_MS = 24 * 3600 * 1000;

/** Stays on one file system: a build that was broken off may have left /proc mounted below. */
export async function remove(directory: string): Promise<void> {
  await succeed(["rm", "--recursive", "--force", "--one-file-system", directory]);
}

/** The kernel holds it for flock(1), which lives as long as our end of its standard input. */
export async function fileLock(file: string): Promise<Disposable> {
  const holder = Bun.spawn(["flock", file, "sh", "-c", "echo held; exec cat"], { stdin: "pipe", stdout: "pipe" });
  await holder.stdout.getReader().read();
  return { [Symbol.dispose]: () => void holder.stdin.end() };
}
