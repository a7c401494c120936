import { createHash } from "node:crypto";
import { lstatSync, readFileSync, readdirSync, readlinkSync, type Stats } from "node:fs";

/**
 * One line for each thing in a tree, its root as ".": name, type, mode, owner, contents or link target, on request the time of
 * change. Two equal texts are two equal trees.
 */
export function treeLines(root: string, options: { readonly times?: boolean } = {}): readonly string[] {
  const lines: string[] = [];
  const visit = (path: Buffer, name: string): void => {
    const found = lstatSync(path);
    const time = options.times === true ? ` ${found.mtimeMs}` : "";
    lines.push(`${name} ${found.mode.toString(8)} ${found.uid}:${found.gid} ${substance(path, found)}${time}`);
    if (!found.isDirectory()) return;
    const children = readdirSync(path, { encoding: "buffer" }).sort((a, b) => Buffer.compare(a, b));
    for (const child of children) {
      visit(Buffer.concat([path, Buffer.from("/"), child]), `${name}/${child.toString("latin1")}`);
    }
  };
  visit(Buffer.from(root), ".");
  return lines;
}

export function treeDigest(root: string, options: { readonly times?: boolean } = {}): string {
  return createHash("sha256").update(treeLines(root, options).join("\n")).digest("hex");
}

function substance(path: Buffer, found: Stats): string {
  if (found.isFile()) return createHash("sha256").update(readFileSync(path)).digest("hex");
  if (found.isSymbolicLink()) return `-> ${readlinkSync(path, { encoding: "buffer" }).toString("latin1")}`;
  return found.isDirectory() ? "" : String(found.rdev);
}
