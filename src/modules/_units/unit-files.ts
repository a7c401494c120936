import { toText } from "../../base/byte-text.ts";
import { nameIn } from "../../base/path.ts";
import type { ReadSystem } from "../../system/system.ts";

export const OWN_DIRECTORY = "/etc/systemd/system";
/** Where unit files are, the administrator's first: what an earlier directory has counts. */
const DIRECTORIES = [
  OWN_DIRECTORY,
  "/run/systemd/system",
  "/usr/local/lib/systemd/system",
  "/usr/lib/systemd/system",
  "/lib/systemd/system",
] as const;

/** `getty@tty1.service` is made from `getty@.service`; undefined for what is no instance. */
function templateOf(unit: string): string | undefined {
  const [, name, suffix] = /^([^@]+@)[^@]+(\.[a-z]+)$/.exec(unit) ?? [];
  return name === undefined || suffix === undefined ? undefined : name + suffix;
}

/** The file that a unit is made from, its template's for an instance; null: none, or only a mask. */
export function unitFile(unit: string, target: ReadSystem): string | null {
  const names = [unit, templateOf(unit)].filter((name) => name !== undefined);
  const paths = names.flatMap((name) => DIRECTORIES.map((directory) => `${directory}/${name}`));
  return paths.find((path) => target.stat(path)?.type === "file") ?? null;
}

/** Whether the unit is there without the file in /etc: shipped by a package, or made from an init script. */
export function isShipped(unit: string, target: ReadSystem): boolean {
  const shipped = DIRECTORIES.slice(1).some((directory) => target.stat(`${directory}/${unit}`)?.type === "file");
  return shipped || target.stat(`/etc/init.d/${unit.replace(/\.service$/, "")}`)?.type === "file";
}

/** What [Install] of a unit file says, by its keys; an empty value takes back those before it. */
export function installOf(path: string, target: ReadSystem): ReadonlyMap<string, readonly string[]> {
  const text = toText(target.readFile(path)).replaceAll(/\\\n/g, " ");
  const keys = new Map<string, readonly string[]>();
  for (const section of text.split(/^(?=\[)/m).filter((part) => part.startsWith("[Install]")))
    for (const [, key = "", value = ""] of section.matchAll(/^[ \t]*(\w+)[ \t]*=[ \t]*(.*)$/gm)) {
      const words = value.split(/\s+/).filter((word) => word !== "");
      keys.set(key, words.length === 0 ? [] : [...(keys.get(key) ?? []), ...words]);
    }
  return keys;
}

/** Whether [Install] says anything that enabling a unit does something for. */
export function installs(path: string, target: ReadSystem): boolean {
  return [...installOf(path, target).values()].some((words) => words.length > 0);
}

/**
 * Whether an enabled unit is linked where its [Install] says now. When that was changed since, only the old links are there, and
 * systemctl goes on to say "enabled".
 */
export function isLinked(unit: string, target: ReadSystem): boolean {
  const path = unitFile(unit, target);
  if (path === null || nameIn(path) !== (templateOf(unit) ?? unit)) return true;
  const install = installOf(path, target);
  const links = [
    ...(install.get("WantedBy") ?? []).map((by) => `${by}.wants/${unit}`),
    ...(install.get("RequiredBy") ?? []).map((by) => `${by}.requires/${unit}`),
  ];
  const plain = links.filter((link) => !/%|@\./.test(link));
  return plain.every((link) => DIRECTORIES.some((directory) => target.lstat(`${directory}/${link}`) !== null));
}
