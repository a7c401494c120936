import fc from "fast-check";
import * as fs from "node:fs";
import { dirname } from "node:path";
import type { ValueObject } from "../../src/base/value.ts";
import { SlothError } from "../../src/base/errors.ts";
import { openHost } from "../../src/system/host.ts";
import type { FileStat, ReadSystem } from "../../src/system/system.ts";
import { asRoot } from "../support/needs-root.ts";
import { removeDirectory, temporaryDirectory } from "../support/temp.ts";
import { BOB, LU, attempt } from "./_yard.ts";

/** The same trees in every short run; others with `SLOTH_TREES=20000 SLOTH_TREES_SEED=$RANDOM`. */
const RUNS = {
  numRuns: Number(process.env["SLOTH_TREES"] ?? 200),
  seed: Number(process.env["SLOTH_TREES_SEED"] ?? 3),
};
const LONGEST_MS = 240_000 + 200 * RUNS.numRuns;
/** A group that LU and BOB are in. */
const DEVS = 41_003;
const USERS = [LU, BOB] as const;
const NAMES = ["a", "b"] as const;

type Node =
  | { readonly kind: "file"; readonly uid: number; readonly mode: number }
  | { readonly kind: "link"; readonly uid: number; readonly target: string }
  | { readonly kind: "directory"; readonly uid: number; readonly mode: number; readonly entries: readonly Named[] };
type Named = readonly [name: string, node: Node];

const uid = fc.constantFrom(0, LU, LU, BOB);
const path = fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
const target = fc.oneof(
  path,
  path.map((up) => `../${up}`),
  path.map((inner) => `ROOT/${inner}`),
);
const { tree } = fc.letrec<{ tree: Node; node: Node }>((tie) => ({
  tree: fc
    .tuple(
      uid,
      fc.constantFrom(0o755, 0o755, 0o775, 0o777, 0o1777, 0o1775, 0o700),
      fc.array(tie("node"), { maxLength: 2 }),
    )
    .map(([owner, mode, nodes]): Node => {
      const entries = nodes.map((node, index): Named => [NAMES[index] ?? "a", node]);
      return { kind: "directory", uid: owner, mode, entries };
    }),
  node: fc.oneof(
    { depthSize: "medium", maxDepth: 4 },
    fc
      .tuple(uid, fc.constantFrom(0o600, 0o644, 0o666))
      .map(([owner, mode]): Node => ({ kind: "file", uid: owner, mode })),
    fc.tuple(uid, target).map(([owner, to]): Node => ({ kind: "link", uid: owner, target: to })),
    tie("tree"),
    tie("tree"),
  ),
}));

interface Call {
  readonly name: string;
  readonly args: (at: string) => ValueObject;
  /** A link at the end is what is meant itself. */
  readonly own?: true;
  /** All below what it leads to is meant as well. */
  readonly recurse?: true;
}
const CALLS: readonly Call[] = [
  { name: "copy", args: (dest) => ({ dest, content: "new" }), own: true },
  { name: "copy", args: (dest) => ({ dest, content: "new", follow: true, owner: LU }) },
  { name: "attributes", args: (at) => ({ path: at, mode: "0711" }) },
  { name: "attributes", args: (at) => ({ path: at, owner: LU }) },
  { name: "attributes", args: (at) => ({ path: at, owner: 0, recurse: true }), recurse: true },
  { name: "attributes", args: (at) => ({ path: at, owner: BOB, follow: false }), own: true },
  { name: "directory", args: (at) => ({ path: at, mode: "0701" }) },
  { name: "directory", args: (at) => ({ path: at, owner: BOB, mode: "0750", recurse: true }), recurse: true },
  { name: "lineinfile", args: (at) => ({ path: at, line: "new", create: true }) },
  { name: "touch", args: (at) => ({ path: at, owner: LU }) },
  { name: "symlink", args: (dest) => ({ dest, src: "x", force: true }), own: true },
  { name: "remove", args: (at) => ({ path: at }), own: true },
];

asRoot(
  "no call touches what its path leads to by the doing of somebody who could not have touched it himself",
  async () => {
    await fc.assert(
      fc.asyncProperty(tree, path, fc.constantFrom(...CALLS), async (top, at, call) => {
        // One further down, as a link can lead one up.
        const root = `${temporaryDirectory()}/in/root`;
        fs.mkdirSync(root, { recursive: true });
        build(root, root, top.kind === "directory" ? top.entries : []);
        const way = wayTo(root, at, call.own !== true);
        const before = inodes(root);
        await attempt(call.name, call.args(`${root}/${at}`));
        const after = inodes(root);
        for (const [ino, was] of before) {
          if (after.get(ino) === was || isMeant(ino, was, way, call)) continue;
          if (!after.has(ino) && way.movers.every((mover) => way.removable.get(ino) === mover)) continue;
          throw new Error(`${was} became ${after.get(ino) ?? "nothing"}, though ${way.movers.join(", ")} led there`);
        }
        removeDirectory(dirname(dirname(root)));
      }),
      RUNS,
    );
  },
  LONGEST_MS,
);

asRoot(
  "no look shows what its path leads to by the doing of somebody who does not own it",
  async () => {
    const machine = openHost({ mode: "read" }).reader({ signal: new AbortController().signal });
    await fc.assert(
      fc.asyncProperty(tree, path, async (top, at) => {
        const root = `${temporaryDirectory()}/in/root`;
        fs.mkdirSync(root, { recursive: true });
        build(root, root, top.kind === "directory" ? top.entries : []);
        const way = wayTo(root, at, true);
        for (const look of [seenBy(() => machine.stat(`${root}/${at}`)), readBy(machine, `${root}/${at}`)]) {
          const ino = await look;
          const was = inodes(root).get(ino ?? "");
          if (ino !== undefined && was !== undefined && !isMeant(ino, was, way, NO_CALL))
            throw new Error(`${was} was shown, though ${way.movers.join(", ")} led there`);
        }
        removeDirectory(dirname(dirname(root)));
      }),
      RUNS,
    );
  },
  LONGEST_MS,
);

const NO_CALL: Call = { name: "", args: () => ({}) };

async function seenBy(look: () => FileStat | null): Promise<string | undefined> {
  const found = refusedAs(look);
  return found === undefined || found === null ? undefined : `${found.dev}:${found.ino}`;
}

/** By its contents, which are its own path. */
async function readBy(machine: ReadSystem, at: string): Promise<string | undefined> {
  const bytes = refusedAs(() => machine.readFile(at));
  return bytes === undefined ? undefined : inode(fs.lstatSync(Buffer.from(bytes).toString()));
}

function refusedAs<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof SlothError) return undefined;
    throw error;
  }
}

/** The path leads straight there, or nobody else could have led it there, or who could owns it. */
function isMeant(ino: string, was: string, way: Way, { recurse }: Call): boolean {
  if (way.movers.length === 0) return true;
  if (way.literal.has(ino)) return true;
  if (way.end === undefined) return false;
  // What lies in a directory of his he could have moved there, unless it is a directory.
  if (way.movers.every((mover) => way.movable.get(ino) === mover)) return true;
  const isBelow = recurse === true && way.below.has(ino);
  return way.movers.every((mover) => (isBelow ? way.end : Number(was.split(" ")[1])) === mover);
}

function build(root: string, directory: string, entries: readonly Named[]): void {
  for (const [name, node] of entries) {
    const at = `${directory}/${name}`;
    if (node.kind === "link") fs.symlinkSync(node.target.replace("ROOT", root), at);
    else if (node.kind === "file") fs.writeFileSync(at, at);
    else {
      fs.mkdirSync(at);
      build(root, at, node.entries);
    }
    fs.lchownSync(at, node.uid, node.kind === "directory" && node.uid === 0 ? DEVS : node.uid);
    if (node.kind !== "link") fs.chmodSync(at, node.mode);
  }
}

interface Way {
  /** The users who could have led the path elsewhere with a link, at or before the last one that it goes through. */
  readonly movers: readonly number[];
  /** What has the path's names in it without any link: the last directory before one, and what is in it. */
  readonly literal: ReadonlySet<string>;
  /** Owner of what it leads to. */
  readonly end: number | undefined;
  readonly below: ReadonlySet<string>;
  /** What has the last name, a link itself, when it is no directory, and whose directory it is in. */
  readonly removable: ReadonlyMap<string, number>;
  /** What it leads to, when that is no directory, and whose directory it is in. */
  readonly movable: ReadonlyMap<string, number>;
}

/** Walked here anew, as the kernel does, noting who could have had a hand in it. */
function wayTo(root: string, at: string, follow: boolean): Way {
  const movers = new Set<number>();
  const soFar = new Set<number>();
  const literal = new Set<string>();
  const movable = new Map<string, number>();
  const removable = new Map<string, number>();
  let here = root;
  let linked = false;
  const todo = at.split("/");
  for (let steps = 0; todo.length > 0 && steps < 60; steps++) {
    const name = todo.shift() ?? "";
    const next = name === ".." ? here.slice(0, here.lastIndexOf("/")) || "/" : `${here}/${name}`;
    const found = fs.lstatSync(next, { throwIfNoEntry: false });
    const directory = fs.lstatSync(here === "" ? "/" : here);
    if (!linked) literal.add(inode(directory));
    if (found === undefined) break;
    for (const user of USERS) if (mayMove(user, directory, found)) soFar.add(user);
    if (!linked) literal.add(inode(found));
    if (todo.length === 0 && !found.isDirectory()) removable.set(inode(found), directory.uid);
    if (found.isSymbolicLink() && (follow || todo.length > 0)) {
      linked = true;
      if (USERS.some((user) => user === found.uid)) soFar.add(found.uid);
      for (const user of soFar) movers.add(user);
      const to = fs.readlinkSync(next);
      todo.unshift(...to.split("/").filter((part) => part !== ""));
      if (to.startsWith("/")) here = "";
      continue;
    }
    if (!found.isDirectory()) {
      if (todo.length === 0) movable.set(inode(found), directory.uid);
      here = next;
      break;
    }
    here = next;
  }
  const end = here.startsWith(root) ? fs.lstatSync(here, { throwIfNoEntry: false }) : undefined;
  const below = new Set(end === undefined ? [] : inodes(here).keys());
  return { movers: [...movers], literal, end: end?.uid, below, movable, removable };
}

/** Gives the name to something else, or has given it what it stands for. */
function mayMove(user: number, directory: fs.Stats, entry: fs.Stats): boolean {
  if (directory.uid === user) return true;
  const byGroup = (directory.mode & 0o020) !== 0 && [user, DEVS].includes(directory.gid);
  if (!byGroup && (directory.mode & 0o002) === 0) return false;
  return (directory.mode & 0o1000) === 0 || entry.uid === user || entry.isSymbolicLink();
}

/** Of all in a tree by inode: owner, group, mode, and contents or names. */
function inodes(top: string): Map<string, string> {
  const found = new Map<string, string>();
  const visit = (at: string): void => {
    const stat = fs.lstatSync(at);
    const names = stat.isDirectory() ? fs.readdirSync(at) : [];
    const held = names.map((name) => `${name}=${inode(fs.lstatSync(`${at}/${name}`))}`).join(",");
    const inside = stat.isFile() ? fs.readFileSync(at, "utf8") : held;
    found.set(inode(stat), `${inode(stat)} ${stat.uid} ${stat.gid} ${stat.mode.toString(8)} ${inside} (${at})`);
    for (const name of names) visit(`${at}/${name}`);
  };
  if (fs.lstatSync(top, { throwIfNoEntry: false }) !== undefined) visit(top);
  return found;
}

function inode({ dev, ino }: fs.Stats): string {
  return `${dev}:${ino}`;
}
