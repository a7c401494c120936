import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

const source = resolve(import.meta.dir, "../../src");

/** Lua's own `io` and `os` are the kernel's, links and all; the store looks after its own files; macOS has no other way. */
const ASIDE = /^(system\/lua\/|store\/|system\/processes\/|system\/new-file\.ts)/;

const CHANGES =
  "chmod|chown|lchmod|lchown|utimes|lutimes|copyFile|cp|link|rename|unlink|rmdir|rm|mkdir|truncate|writeFile|appendFile";
/** What is held is changed by /proc/self/fd, a name by its directory's; all else is a path, which may lead elsewhere by the time. */
const HELD = String.raw`held|name|entry|temporary|fd|at\(|own\.made|this\.(at|own)|(place|existing|from)\.name`;
const BY_PATH = new RegExp(`\\bfs\\.(promises\\.)?(${CHANGES})(Sync)?\\(\\s*(?!(${HELD})\\b)`);

/** Never right, whatever they are given but what is open. */
const NEVER = /\bfs\.(promises\.)?(copyFile|cp|truncate|appendFile|writeFile|lchmod)(Sync)?\((?!fd\b)|\bBun\.write\(/;

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
  // device a mount is of, what is swapped to: names that are compared and never opened.
  expect(resolving).toEqual([
    "modules/file_ops/unarchive.ts",
    "modules/kernel/_module-files.ts",
    "modules/kernel/_sysctl-files.ts",
    "modules/mount/_mounts.ts",
    "modules/mount/swap.ts",
  ]);
});

test("nothing is read by its path but our own program and what is no regular file", () => {
  const found = files.filter((file) => /\bBun\.file\(/.test(text(file)));
  expect(found).toEqual(BY_NAME);
});

/** Parts of the program; what was named on the command line: an export, a pipe; settings of an editor, of which only a word is looked for. */
const BY_NAME = [
  "commands/stack/import.ts",
  "lua/vm/precompile.ts",
  "lua/vm/wasm.ts",
  "reference/editor.ts",
  "run/values.ts",
];

test("files are reached by node:fs as a whole, so that these rules see every call", () => {
  const named = files.filter((file) => /import \{[^}]*\} from "node:fs(\/promises)?"/.test(text(file)));
  expect(named).toEqual(["base/process-state.ts"]); // the boot's number, from /proc
});

test("the rule finds what it is for", () => {
  const paths = ["fs.chmodSync(path, mode)", "fs.promises.rename(pathBytes(from), to)", "fs.rmSync(`${path}~`)"];
  for (const call of [...paths, "fs.chmodSync(target, mode)", "fs.lchownSync(this.path, 0, 0)"])
    expect(BY_PATH.test(call)).toBe(true);
  expect(BY_PATH.test("fs.chmodSync(held, mode)")).toBe(false);
  expect(NEVER.test("fs.copyFileSync(from, to)")).toBe(true);
});
