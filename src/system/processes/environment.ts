import fs from "node:fs";
import { pathBytes } from "../../base/path-text.ts";
import { errnoOf } from "../system-error.ts";

const USUAL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/** Not on the PATH of ordinary users and of cron, and where most of what a module runs is. */
const ADMIN_PATH = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

export type Environment = { readonly [name: string]: string };

/** Ours, without what the runtime inside our program obeys: a child that is built on it too must not. */
export function ownEnvironment(): Environment {
  const entries = Object.entries(process.env).filter(([name]) => !isRuntimes(name));
  return Object.fromEntries(entries.map(([name, value]) => [name, value ?? ""]));
}

export function isRuntimes(name: string): boolean {
  return name.startsWith("BUN_");
}

/** First executable file of that name on PATH, then in the administrator's directories; a name with a slash is a path from `cwd`. */
export function which(program: string, path: string | undefined, cwd: string): string | null {
  return candidates(program, path, cwd).find(isExecutable) ?? null;
}

/** What is there under that name though it cannot be executed, for a better message. */
export function whichUnusable(program: string, path: string | undefined, cwd: string): string | null {
  return candidates(program, path, cwd).find((candidate) => fs.existsSync(pathBytes(candidate))) ?? null;
}

function candidates(program: string, path: string | undefined, cwd: string): readonly string[] {
  if (program.startsWith("/")) return [program];
  if (program.includes("/")) return [`${cwd}/${program}`];
  const directories = (path ?? USUAL_PATH).split(":").map((directory) => (directory === "" ? cwd : directory));
  return [...new Set([...directories, ...ADMIN_PATH])].map((directory) => `${directory}/${program}`);
}

function isExecutable(path: string): boolean {
  try {
    fs.accessSync(pathBytes(path), fs.constants.X_OK);
    return fs.statSync(pathBytes(path)).isFile();
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return false;
  }
}
