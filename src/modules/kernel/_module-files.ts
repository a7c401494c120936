import { utf8Text } from "../../base/byte-text.ts";
import type { ReadSystem, System } from "../../system/system.ts";
import { entryFile } from "../_files/entry-file.ts";
import { linesOf, withoutEnd } from "../_files/lines.ts";

const file = entryFile<{ readonly path: string }>({ emptyGoes: true });

/** The kernel writes `_` where files and people may write `-`. */
export function sameModule(a: string, b: string): boolean {
  return a.replaceAll("-", "_") === b.replaceAll("-", "_");
}

/** What a line of modprobe.d(5) says of a module: `blacklist`, `options a=1`. */
export function commandOf(line: string, module: string): { readonly verb: string; readonly rest: string } | undefined {
  const [, verb = "", name = "", rest = ""] = /^\s*(blacklist|options)\s+(\S+)\s*(.*?)\s*$/.exec(line) ?? [];
  return verb !== "" && sameModule(name, module) ? { verb, rest: rest.split(/\s+/).join(" ") } : undefined;
}

export function linesAt(path: string, target: ReadSystem): readonly string[] {
  return target.stat(path)?.type === "file" ? linesOf(utf8Text(target.readFile(path))).map(withoutEnd) : [];
}

/** Files whose lines are modules to be loaded at boot. */
function loadFiles(target: ReadSystem): readonly string[] {
  const directory = "/etc/modules-load.d";
  const names = target.stat(directory)?.type === "directory" ? target.list(directory) : [];
  const paths = [
    ...names.filter((name) => name.endsWith(".conf")).map((name) => `${directory}/${name}`),
    "/etc/modules",
  ];
  const real = paths.map((path) => target.realPath(path)).filter((path) => path !== null);
  return [...new Set(real)];
}

/** Those of them that name the module. */
export function filesLoading(module: string, target: ReadSystem): readonly string[] {
  return loadFiles(target).filter((path) => linesAt(path, target).some((line) => isLoading(line, module)));
}

export function isLoading(line: string, module: string): boolean {
  return sameModule(line.trim().split(/\s+/)[0] ?? "", module);
}

/** Writes the file without the lines that are `gone`, and with `added` at its end; one of which nothing is left goes. */
export async function rewrite(
  path: string,
  gone: (line: string) => boolean,
  added: readonly string[],
  target: System,
): Promise<void> {
  const before = await file.read({ path }, target);
  const kept = linesOf(before ?? "").filter((line) => !gone(withoutEnd(line)));
  const above = kept.join("");
  const gap = above === "" || above.endsWith("\n") || added.length === 0 ? "" : "\n";
  const after = above + gap + added.map((line) => `${line}\n`).join("");
  if (after !== (before ?? "")) await file.write({ path }, before, after, target);
}
