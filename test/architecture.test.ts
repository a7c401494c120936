import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { examples } from "./support/taught.ts";

/**
 * Who may import whom at run time, and why the house has the rooms it has (docs/architecture.md). A room is the longest folder named
 * here that a file is in; it may import itself and what stands beside it. `import type` is free.
 */
const MAY_IMPORT: Record<string, readonly string[]> = {
  main: ["base", "cli", "commands", "report"],
  base: [],
  "base/formats": ["base"],
  report: ["base"],
  jinja: ["base", "base/formats"],
  store: ["base", "store/sqlite"],
  "store/sqlite": ["base", "engine/record", "store"],
  schedule: ["base"],
  /** Forms of encrypted values and of the keys that open them. */
  secrets: ["base", "base/formats"],
  bundle: ["base", "system/files", "system/processes"],

  cli: ["base", "base/formats", "lua/vm", "report", "run"],
  commands: [
    "base",
    "base/formats",
    "bundle",
    "cli",
    "engine",
    "engine/call",
    "lua",
    "modules",
    "reference",
    "remote",
    "report",
    "run",
    "schedule",
    "secrets",
    "store",
    "system",
    "system/processes",
  ],
  run: [
    "base",
    "base/formats",
    "engine",
    "engine/call",
    "engine/record",
    "engine/target",
    "engine/undo",
    "lua",
    "modules",
    "remote",
    "secrets",
    "store",
    "system",
    "system/lua",
    "system/processes",
  ],

  reference: ["base", "engine", "engine/call", "lua", "modules", "system"],
  lua: ["base", "base/formats", "engine", "engine/call", "engine/tasks", "lua/library", "lua/vm"],
  "lua/library": ["base", "lua/vm"],
  "lua/vm": ["base"],

  engine: ["base", "engine/call", "engine/record", "engine/target"],
  "engine/call": ["base", "engine", "engine/record"],
  "engine/record": ["base"],
  "engine/target": ["base", "engine/call", "engine/record"],
  "engine/tasks": ["base", "engine", "engine/record"],
  "engine/undo": ["base", "engine", "engine/call", "engine/record"],

  /** The list of all modules; a module imports no other module. */
  modules: ["base", "modules/*"],
  "modules/_kit": ["base", "base/formats", "engine"],
  "modules/_files": ["base", "engine", "engine/call", "modules/_kit"],
  "modules/_accounts": ["base", "engine", "system/processes"],
  "modules/_units": ["base", "engine", "modules/_kit", "system/processes"],
  "modules/*": [
    "base",
    "base/formats",
    "engine",
    "engine/call",
    "engine/record",
    "jinja",
    "modules/_accounts",
    "modules/_files",
    "modules/_kit",
    "modules/_units",
    "system/processes",
  ],

  remote: ["base", "engine/target", "system/processes"],
  system: ["base", "system/files", "system/plan", "system/processes"],
  "system/files": ["base", "system", "system/processes"],
  "system/processes": ["base", "system", "system/files"],
  "system/plan": ["base", "system", "system/files"],
  "system/lua": ["base", "system", "system/files", "system/processes"],
};

/** What is used in one place only. */
const ONLY_IN: readonly (readonly [what: RegExp, where: RegExp])[] = [
  [/^(node:)?(fs|fs\/promises|child_process)$/, /^(system\/|store\/sqlite\/files\.ts|base\/process-state\.ts)/],
  [/^bun:sqlite$/, /^store\/sqlite\//],
  [/^wasmoon/, /^lua\//],
  [/^citty$/, /^cli\//],
  [/^consola/, /^report\//],
  [/^(age-encryption|@noble\/|bcrypt-pbkdf)/, /^secrets\//],
];

const STARTS_PROCESSES = /\bBun\.(spawn|spawnSync|\$)/;
const UNFINISHED = [/\b(TODO|FIXME|XXX|HACK)\b/, new RegExp(RegExp.escape(resolve(import.meta.dir, "..")))];

const root = resolve(import.meta.dir, "..");
const source = resolve(root, "src");
const files = [...new Bun.Glob("**/*.ts").scanSync(source)].sort();

test("every file imports only what its folder may", () => {
  const faults = files.flatMap((file) =>
    importsOf(file)
      .filter((path) => !(path.startsWith(".") ? mayImport(file, path) : isAtHome(file, path)))
      .map((path) => `${file}: ${path}`),
  );
  expect(faults).toEqual([]);
});

test("every room is in the table, and only rooms are", () => {
  const rooms = new Set(files.map(roomOf));
  expect([...rooms].filter((room) => MAY_IMPORT[room] === undefined)).toEqual([]);
  expect(Object.keys(MAY_IMPORT).filter((room) => !rooms.has(room))).toEqual([]);
});

test("what begins with _ is imported only from beside it and from below", () => {
  const faults = files.flatMap((file) =>
    allImportsOf(file)
      .filter((path) => path.startsWith("."))
      .map((path) => relative(source, resolve(source, dirname(file), path)))
      .filter((imported) => /\/_[^/]+\.ts$/.test(imported) && !`${dirname(file)}/`.startsWith(`${dirname(imported)}/`))
      .map((imported) => `${file}: ${imported}`),
  );
  expect(faults).toEqual([]);
});

test("only system/ starts processes, no file is unfinished or knows the machine it was written on", () => {
  const faults = files.flatMap((file) => {
    const unwanted = file.startsWith("system/") ? UNFINISHED : [...UNFINISHED, STARTS_PROCESSES];
    const text = readFileSync(resolve(source, file), "utf8");
    return unwanted.filter((what) => what.test(text)).map((what) => `${file}: ${what.source}`);
  });
  expect(faults).toEqual([]);
});

test("docs/troubleshooting.md explains every error code of the source, and no other", () => {
  const page = readFileSync(resolve(root, "docs/troubleshooting.md"), "utf8");
  const told = new Set(Array.from(page.matchAll(/`(E_[A-Z_]+)`/g), ([, code]) => code));
  const code = /"(E_[A-Z_]*[A-Z])"/g;
  const thrown = new Set(
    files.flatMap((file) => Array.from(readFileSync(resolve(source, file), "utf8").matchAll(code), ([, name]) => name)),
  );
  expect([...thrown.difference(told)]).toEqual([]); // a new code has a line there
  expect([...told.difference(thrown)]).toEqual([]);
});

test("every function of the registry has a worked example: the field `example` of its definition", () => {
  const without = examples().filter(({ lua }) => lua === "");
  expect(without.map(({ name }) => name)).toEqual([]);
});

test("the lock file names no registry", () => {
  expect(readFileSync(resolve(root, "package-lock.json"), "utf8")).not.toMatch(/"resolved"|https?:\/\/[^"]*\/-\//);
});

function importsOf(file: string): string[] {
  const imports = new Bun.Transpiler({ loader: "ts" }).scanImports(readFileSync(resolve(source, file)));
  return imports.map(({ path }) => path);
}

/** Those of types too. */
function allImportsOf(file: string): string[] {
  const text = readFileSync(resolve(source, file), "utf8");
  return Array.from(text.matchAll(/\bfrom "([^"]+)"|\bimport\("([^"]+)"\)/g), ([, plain, lazy]) => plain ?? lazy ?? "");
}

function mayImport(file: string, path: string): boolean {
  const imported = relative(source, resolve(source, dirname(file), path));
  if (imported.startsWith("..")) return /^\.\.\/(package\.json|LICENSES\.txt|node_modules)/.test(imported);
  const [here, there] = [roomOf(file), roomOf(imported)];
  return dirname(file) === dirname(imported) || isInside(file, here, imported) || isAllowed(here, there);
}

/** Folders below a room are part of it; the modules stand each for itself. */
function isInside(file: string, room: string, imported: string): boolean {
  if (room === "modules/*") return moduleOf(file) === moduleOf(imported);
  return room === roomOf(imported);
}

function isAllowed(here: string, there: string): boolean {
  return MAY_IMPORT[here]?.includes(there) === true;
}

function moduleOf(file: string): string {
  return file.split("/").slice(0, 2).join("/");
}

/** Longest name in the table that the file is in. */
function roomOf(file: string): string {
  const [first = "", second = "", third] = file.split("/");
  const top = first.replace(/\.ts$/, "");
  if (second === "" || (third === undefined && !file.includes("/"))) return top;
  if (third === undefined) return top;
  const inner = `${top}/${second}`;
  if (MAY_IMPORT[inner] !== undefined) return inner;
  return top === "modules" ? "modules/*" : top;
}

function isAtHome(file: string, library: string): boolean {
  return ONLY_IN.every(([what, where]) => !what.test(library) || where.test(file));
}
