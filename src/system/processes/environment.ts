import fs from "node:fs";
import { pathBytes } from "../../base/path-text.ts";
import { isWithheld } from "../../base/withheld.ts";
import type { UserAccount } from "../accounts.ts";
import { errnoOf } from "../system-error.ts";

/** What systemd gives to whomever a service runs as. */
const USUAL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/** Not on the PATH of ordinary users and of cron, and where most of what a module runs is. */
const ADMIN_PATH = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

export type Environment = { readonly [name: string]: string };

/** Ours, without what the runtime inside our program obeys: a child that is built on it too must not. */
export function ownEnvironment(): Environment {
  const entries = Object.entries(process.env).filter(([name]) => !isRuntimes(name));
  return Object.fromEntries(entries.map(([name, value]) => [name, value ?? ""]));
}

/** What a child of ours gets when it is run as who we are: ours, without the secrets that came in it. */
export function childEnvironment(): Environment {
  return Object.fromEntries(Object.entries(ownEnvironment()).filter(([name]) => !isWithheld(name)));
}

/** What a login of that account has, and nothing of ours but the language. */
export function loginEnvironment({ name, home, shell }: UserAccount): Environment {
  return { ...accountVariables({ name, home, shell }), PATH: USUAL_PATH, LANG: process.env["LANG"] ?? "C.UTF-8" };
}

/**
 * Makes our own environment the one of a login, whatever brought us here: ssh, sudo, doas, su. The path and language that they were told to give
 * stay.
 */
export function assumeLogin(account: UserAccount | null): void {
  const { PATH = USUAL_PATH, LANG = "C.UTF-8", HOME = "/" } = process.env;
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, { HOME, ...(account === null ? {} : accountVariables(account)), PATH, LANG });
}

function accountVariables({ name, home, shell }: Pick<UserAccount, "name" | "home" | "shell">): Environment {
  return { HOME: home, USER: name, LOGNAME: name, SHELL: shell || "/bin/sh" };
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
