import { utf8Text } from "../../base/byte-text.ts";
import { SlothError } from "../../base/errors.ts";
import { nameIn, parentOf } from "../../base/path.ts";
import type { ReadSystem } from "../../system/system.ts";

/** A line of sysctl.conf(5); the name with slashes. null: it sets nothing. */
export function parseSetting(line: string): { readonly name: string; readonly value: string } | null {
  const match = /^\s*-?\s*([^\s#;=][^\s=]*)\s*=\s*(.*?)\s*$/.exec(line);
  if (match === null) return null;
  const [, name = "", value = ""] = match;
  return { name: withSlashes(name), value };
}

/** Blanks count as one. */
export function folded(value: string): string {
  return value.trim().split(/\s+/).join(" ");
}

/** With slashes between its parts: what separates first is what separates. */
export function withSlashes(name: string): string {
  return /^[^./]*\//.test(name) ? name : name.replace(/[./]/g, (sign) => (sign === "." ? "/" : "."));
}

interface Setting {
  readonly path: string;
  readonly name: string;
  readonly value: string;
}

/** Refuses to write what a file that is read later sets to something else: it would be undone at the next boot. */
export async function refuseOverridden({ path, name, value }: Setting, target: ReadSystem): Promise<void> {
  const files = await target.cached("sysctl.d", () => Promise.resolve(settings(target)));
  const own = files.findIndex((file) => file.path === path || file.real === path);
  const isOurs = own !== -1 || DIRECTORIES.includes(parentOf(path));
  const later = files.filter((file, index) => (own === -1 ? orderOf(file.path) > orderOf(path) : index > own));
  const other = later.find(({ set }) => folded(set.get(withSlashes(name)) ?? value) !== value);
  if (!isOurs || other === undefined) return;
  throw new SlothError("E_OVERRIDDEN", `${other.path} is read after ${path} and sets ${name} to something else`, {
    hint: `change it there, or say file = "${other.path}"`,
  });
}

const DIRECTORIES: readonly string[] = [
  "/etc/sysctl.d",
  "/run/sysctl.d",
  "/usr/local/lib/sysctl.d",
  "/usr/lib/sysctl.d",
  "/lib/sysctl.d",
];
const LAST = "/etc/sysctl.conf";

/** Files by their names, of which the first directory's counts; sysctl.conf comes last. */
function settings(target: ReadSystem) {
  const byName = new Map<string, string>();
  for (const directory of DIRECTORIES)
    for (const name of target.stat(directory)?.type === "directory" ? target.list(directory) : [])
      if (name.endsWith(".conf") && !byName.has(name)) byName.set(name, `${directory}/${name}`);
  const paths = [...byName.values(), ...(target.stat(LAST) === null ? [] : [LAST])];
  return paths
    .filter((path) => target.stat(path)?.type === "file")
    .toSorted((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1))
    .map((path) => ({ path, real: target.realPath(path), set: settingsIn(utf8Text(target.readFile(path))) }));
}

function orderOf(path: string): string {
  return path === LAST ? "\uffff" : nameIn(path);
}

function settingsIn(text: string): ReadonlyMap<string, string> {
  return new Map(
    text
      .split("\n")
      .flatMap((line) => parseSetting(line) ?? [])
      .map(({ name, value }) => [name, value]),
  );
}
