import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";

/** Who may import whom at run time (CONTRIBUTING.md); a folder may always import itself, and everyone `base`. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  base: [],
  main: ["commands", "report"],
  commands: ["lua", "engine", "modules/registry", "schedule", "bundle", "store", "remote", "report", "system"],
  lua: ["engine"],
  modules: ["engine", "system", "jinja"],
  jinja: [],
  remote: ["engine", "modules/registry", "system"],
  engine: [],
  store: [],
  system: [],
  schedule: ["system"],
  bundle: ["system"],
  report: [],
};

/** What is used in one place only. */
const ONLY_IN: readonly (readonly [what: RegExp, where: RegExp])[] = [
  [/^(node:)?(fs|fs\/promises|child_process)$/, /^(system\/|store\/files\.ts|base\/process-state\.ts)/],
  [/^bun:sqlite$/, /^store\//],
  [/^wasmoon/, /^lua\//],
  [/^citty$/, /^(commands\/|main\.ts)/],
  [/^consola/, /^report\//],
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

test("only system/ starts processes, no file is unfinished or knows the machine it was written on", () => {
  const faults = files.flatMap((file) => {
    const unwanted = file.startsWith("system/") ? UNFINISHED : [...UNFINISHED, STARTS_PROCESSES];
    const text = readFileSync(resolve(source, file), "utf8");
    return unwanted.filter((what) => what.test(text)).map((what) => `${file}: ${what.source}`);
  });
  expect(faults).toEqual([]);
});

test("the lock file names no registry", () => {
  expect(readFileSync(resolve(root, "package-lock.json"), "utf8")).not.toMatch(/"resolved"|https?:\/\/[^"]*\/-\//);
});

function importsOf(file: string): string[] {
  const imports = new Bun.Transpiler({ loader: "ts" }).scanImports(readFileSync(resolve(source, file)));
  return imports.map(({ path }) => path);
}

function mayImport(file: string, path: string): boolean {
  const imported = relative(source, resolve(source, dirname(file), path));
  if (imported.startsWith("..")) return /^\.\.\/(package\.json|LICENSES\.txt|node_modules)/.test(imported);
  if (imported.startsWith("base/")) return true;
  const allowed = [folderOf(file), ...(MAY_IMPORT[folderOf(file)] ?? [])];
  return allowed.some((folder) => imported === `${folder}.ts` || imported.startsWith(`${folder}/`));
}

function isAtHome(file: string, library: string): boolean {
  return ONLY_IN.every(([what, where]) => !what.test(library) || where.test(file));
}

function folderOf(file: string): string {
  return file.split("/")[0]?.replace(/\.ts$/, "") ?? "";
}
