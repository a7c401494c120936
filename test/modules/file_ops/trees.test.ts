import { describe, expect, test } from "bun:test";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { ValueObject } from "../../../src/base/value.ts";
import { fileOps } from "../../../src/modules/file_ops/index.ts";
import { bench as benchOf, declare } from "../../support/declare.ts";
import { temporaryDirectory } from "./_temporary.ts";

interface Recorded {
  readonly name: string;
  readonly module: "copy" | "file";
  readonly setup: readonly (readonly [kind: string, name: string, ...rest: string[]])[];
  readonly args: ValueObject;
  /** null: Ansible refused. */
  readonly changed: boolean | null;
  readonly again: boolean | null;
  readonly after: readonly string[];
}

const recorded: readonly Recorded[] = JSON.parse(readFileSync(join(import.meta.dir, "ansible/trees.json"), "utf8"));
const bench = benchOf();

/** Our verb for a `state` of Ansible's file module. */
const VERBS: Readonly<Record<string, string>> = {
  directory: "directory",
  file: "attributes",
  link: "symlink",
  hard: "hardlink",
  absent: "remove",
  touch: "touch",
};

describe("leaves the tree that Ansible leaves, and says changed as it does", () => {
  for (const each of recorded) {
    test(`${each.module}: ${each.name}`, async () => {
      using directory = temporaryDirectory();
      make(directory.path, each.setup);
      const { state, access_time: _, modification_time: __, ...given } = each.args;
      const verb = each.module === "copy" ? "copy" : VERBS[typeof state === "string" ? state : ""];
      const type = fileOps.functions.find(({ name }) => name === `file_ops.${verb}`);
      if (type?.form !== "resource") throw new Error(`no verb for ${each.name}`);
      const args = Object.entries(given).map(([key, value]) => {
        const root = typeof value === "string" ? value.replace("ROOT", directory.path) : value;
        return [key, root];
      });
      const props = Object.fromEntries(args) as ValueObject;
      if (each.changed === null) expect(declare(type, props, bench)).rejects.toThrow();
      else {
        expect((await declare(type, props, bench)).changed).toBe(each.changed);
        expect((await declare(type, props, bench)).changed).toBe(false);
      }
      expect(listing(directory.path)).toEqual([...each.after]);
    });
  }
});

function make(root: string, setup: Recorded["setup"]): void {
  for (const [kind, name, first = "", mode = ""] of setup) {
    const path = join(root, name);
    if (kind === "link") symlinkSync(first.replace("ROOT", root), path);
    else if (kind === "directory") mkdirSync(path);
    else writeFileSync(path, first);
    if (kind !== "link") chmodSync(path, Number.parseInt(kind === "file" ? mode : first, 8));
  }
}

function listing(root: string, below = ""): string[] {
  const lines = readdirSync(join(root, below)).flatMap((name) => {
    const shown = below === "" ? name : `${below}/${name}`;
    const stat = lstatSync(join(root, shown));
    const mode = (stat.mode & 0o7777).toString(8).padStart(4, "0");
    if (stat.isSymbolicLink()) return [`${shown} -> ${readlinkSync(join(root, shown)).replace(root, "ROOT")}`];
    if (stat.isDirectory()) return [`${shown}/ ${mode}`, ...listing(root, shown)];
    return [`${shown} ${mode} ${JSON.stringify(readFileSync(join(root, shown), "utf8"))}`];
  });
  return below === "" ? lines.sort() : lines;
}
