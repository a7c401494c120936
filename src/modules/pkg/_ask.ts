import { utf8Text } from "../../base/byte-text.ts";
import { mustSucceed } from "../../system/processes/command.ts";
import type { Argv, ReadSystem } from "../../system/system.ts";
import type { Request } from "./_manager.ts";

/** What a package manager says is read, so it has to say it in one language. */
export const inEnglish = { env: { LC_ALL: "C.UTF-8", LANGUAGE: null } } as const;

/** zypper locks the whole system even to look at it, unless it is told so. */
const asking = { env: { ...inEnglish.env, ZYPP_READONLY_HACK: "1" } } as const;

/** What a trial run says; nothing when it fails, as the real one then would. */
export async function tryOut(argv: Argv, target: ReadSystem, ...others: readonly number[]): Promise<string> {
  const { exitCode, stdout } = await target.query(argv, asking);
  return exitCode === 0 || others.includes(exitCode) ? utf8Text(stdout) : "";
}

/** `name`, `name=version`, or the path of its file. */
export function specOf({ name, version, file }: Request): string {
  return file ?? (version === undefined ? name : `${name}=${version}`);
}

/** Paths of `dpkg --verify` or `rpm --verify`, which speak alike: what differs, `c` where it is configuration, and the path. */
export function parseVerified(said: string): readonly string[] {
  const lines = said.matchAll(/^(?:missing {4,}|[.?A-Z0-9]{8,9}\s+)(?:([cdglr])\s)?\s*(\/.*)$/gm);
  return Array.from(lines, ([, kind = "", path = ""]) => (kind === "c" ? "" : path.replace(/ \(.*\)$/, ""))).filter(
    (path) => path !== "",
  );
}

/** The standard output of a command that must succeed, or end with one of `others`. */
export async function ask(argv: Argv, target: ReadSystem, ...others: readonly number[]): Promise<string> {
  const result = await target.query(argv, asking);
  return others.includes(result.exitCode) ? utf8Text(result.stdout) : mustSucceed(argv, result).stdout;
}
