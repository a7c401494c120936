import { spawnSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import manifest from "../package.json" with { type: "json" };
import { glibcFor } from "./glibc.ts";
import { withLauncher } from "./launcher.ts";
import { runtimeFor } from "./runtime.ts";
import { targets, type Target } from "./targets.ts";

/** The target that is this machine. */
export const own = `${process.platform}-${process.arch}`;

/** Compiles the program for a target. The file appears under its name only when it is whole. */
export async function compileTo(name: string, outfile: string): Promise<void> {
  const target = targets[name];
  if (target === undefined) throw new Error(`${name}: unknown target; known are ${Object.keys(targets).join(", ")}`);
  await mkdir(dirname(outfile), { recursive: true });
  const directory = await mkdtemp(join(dirname(resolve(outfile)), ".build-"));
  try {
    // The name of the file becomes part of what is compiled: always the same one, so that two builds are alike.
    const compiled = join(directory, "sloth-runner");
    // For this machine the Bun that is running serves; the lock file holds npm to it.
    const runtime = name === own ? process.execPath : await runtimeFor(target.runtime, directory);
    await compile(name, target, runtime, compiled);
    if (name.startsWith("linux-")) {
      const libraries = target.portable === undefined ? undefined : glibcFor(target.portable).libraries;
      await writeFile(compiled, withLauncher(await readFile(compiled), libraries));
    }
    await chmod(compiled, 0o755);
    await rename(compiled, outfile);
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function compile(name: string, target: Target, runtime: string, outfile: string): Promise<void> {
  await Bun.build({
    entrypoints: ["src/main.ts"],
    target: "bun",
    format: "esm",
    minify: true,
    bytecode: true,
    // A command reads what it imports and no more: how long it takes to start does not grow with the modules there are.
    splitting: true,
    define: constants(name),
    compile: {
      outfile,
      executablePath: runtime,
      ...(name === own ? {} : { target: target.bun }),
      // What lies in the working directory is the user's, not ours to obey.
      autoloadBunfig: false,
      autoloadDotenv: false,
      autoloadPackageJson: false,
      autoloadTsconfig: false,
    },
  });
}

/** What the program knows of its own build (src/base/build.ts), and nothing of the place it was built in. */
function constants(target: string): Record<string, string> {
  const known = {
    SLOTH_VERSION: manifest.version,
    SLOTH_COMMIT: commit(),
    SLOTH_TARGET: target,
    // wasmoon asks for these; without them it would be told a path of this machine.
    __filename: "/sloth-runner/main.js",
    __dirname: "/sloth-runner",
  };
  return Object.fromEntries(Object.entries(known).map(([name, value]) => [name, JSON.stringify(value)]));
}

/** Marked when the tree differs from the commit: such a binary cannot be built again. */
function commit(): string {
  const git = (...argv: string[]) => spawnSync("git", argv, { encoding: "utf8" });
  const head = git("rev-parse", "HEAD");
  if (head.status !== 0) return "unknown";
  return head.stdout.trim() + (git("status", "--porcelain").stdout === "" ? "" : "-modified");
}
