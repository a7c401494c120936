import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

const source = resolve(import.meta.dir, "../../src");

/** Lua's own `io` and `os` are the kernel's, links and all; the store looks after its own files. */
const ASIDE = /^(system\/lua\/|store\/|system\/processes\/)/;

/** Changes by a path, which may lead elsewhere by the time: what is held is changed by /proc/self/fd, a name by its directory's. */
const CHANGES =
  "chmod|chown|lchmod|lchown|utimes|lutimes|copyFile|cp|link|rename|unlink|rmdir|rm|mkdir|truncate|writeFile|appendFile";
const BY_PATH = new RegExp(`\\bfs\\.(promises\\.)?(${CHANGES})(Sync)?\\(\\s*(path\\b|pathBytes\\(|joined\\(|\`|["'])`);

/** Never right, whatever they are given. */
const NEVER = /\bfs\.(promises\.)?(copyFile|cp|truncate|appendFile|writeFile|lchmod)(Sync)?\(/;

/** Where a path is resolved and then used, it has led elsewhere in between. */
const RESOLVES = /\brealpath(Sync)?\b/;

const files = [...new Bun.Glob("**/*.ts").scanSync(source)].filter((file) => !ASIDE.test(file)).sort();
const text = (file: string): string => readFileSync(resolve(source, file), "utf8");

test("nothing is changed by its path: there is one way to it", () => {
  const faults = files.filter((file) => BY_PATH.test(text(file)) || NEVER.test(text(file)));
  expect(faults).toEqual([]);
});

test("paths are resolved for looking only", () => {
  expect(files.filter((file) => RESOLVES.test(text(file)))).toEqual(["system/files/look.ts"]);
});

test("modules reach what they change by a place, not by where a link led a moment ago", () => {
  const resolving = files.filter((file) => file.startsWith("modules/") && /\.realPath\(/.test(text(file)));
  // What an archive refuses to be led by; which of the files of settings is ours, and which
  // device a mount is of: names that are compared and never opened.
  expect(resolving).toEqual([
    "modules/file_ops/unarchive.ts",
    "modules/kernel/_sysctl-files.ts",
    "modules/mount/_mounts.ts",
  ]);
});

test("the rule finds what it is for", () => {
  for (const call of ["fs.chmodSync(path, mode)", "fs.promises.rename(pathBytes(from), to)", "fs.rmSync(`${path}~`)"])
    expect(BY_PATH.test(call)).toBe(true);
  expect(BY_PATH.test("fs.chmodSync(held, mode)")).toBe(false);
  expect(NEVER.test("fs.copyFileSync(from, to)")).toBe(true);
});
