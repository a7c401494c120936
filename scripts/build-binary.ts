import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { parseArgs, promisify } from "node:util";
import { constants as zlib, gzip } from "node:zlib";
import manifest from "../package.json" with { type: "json" };
import { glibcFor } from "./glibc.ts";
import { withLauncher } from "./launcher.ts";
import { targets, type Target } from "./targets.ts";

/**
 * Compiles the program.
 *   bun scripts/build-binary.ts                       this machine's, at dist/sloth-runner
 *   bun scripts/build-binary.ts --target linux-arm64  others (repeat, or "all"), at dist/sloth-runner-TARGET
 *   --compress                                        .gz and .xz beside each, and SHA256SUMS of them all
 */
const { values } = parseArgs({
  options: {
    target: { type: "string", multiple: true, default: [] },
    outdir: { type: "string", default: "dist" },
    compress: { type: "boolean", default: false },
  },
});
const own = `${process.platform}-${process.arch}`;
const wanted = values.target.includes("all") ? Object.keys(targets) : values.target;
await mkdir(values.outdir, { recursive: true });
const built: string[] = [];
if (wanted.length === 0) built.push(await build(own, join(values.outdir, "sloth-runner")));
for (const name of wanted) built.push(await build(name, join(values.outdir, `sloth-runner-${name}`)));
if (values.compress) await sum((await Promise.all(built.map(compressed))).flat());

/** Answers the file, which appears under its name only when it is whole. */
async function build(name: string, outfile: string): Promise<string> {
  const target = targets[name];
  if (target === undefined) throw new Error(`${name}: unknown target; known are ${Object.keys(targets).join(", ")}`);
  const directory = await mkdtemp(join(dirname(resolve(outfile)), ".build-"));
  try {
    // The name of the file becomes part of what is compiled: always the same one, so that two builds are alike.
    const compiled = join(directory, "sloth-runner");
    await compile(name, target, compiled);
    if (name.startsWith("linux-")) {
      const libraries = target.portable === undefined ? undefined : glibcFor(target.portable).libraries;
      await writeFile(compiled, withLauncher(await readFile(compiled), libraries));
    }
    await chmod(compiled, 0o755);
    await rename(compiled, outfile);
  } finally {
    await rm(directory, { recursive: true });
  }
  console.log(outfile);
  return outfile;
}

async function compile(name: string, target: Target, outfile: string): Promise<void> {
  await Bun.build({
    entrypoints: ["src/main.ts"],
    target: "bun",
    format: "esm",
    minify: true,
    bytecode: true,
    define: constants(name),
    compile: {
      outfile,
      // For this machine the Bun that is running serves; others come from the npm registry.
      ...(name === own ? {} : { target: target.bun }),
      // What lies in the working directory is the user's, not ours to obey.
      autoloadBunfig: false,
      autoloadDotenv: false,
      autoloadPackageJson: false,
      autoloadTsconfig: false,
    },
  });
}

/** What the program knows of its own build (src/build.ts), and nothing of the place it was built in. */
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

/** The file and what it was compressed to: gzip for machines that have nothing else, xz as the smallest. */
async function compressed(file: string): Promise<string[]> {
  await writeFile(`${file}.gz`, await promisify(gzip)(await readFile(file), { level: zlib.Z_BEST_COMPRESSION }));
  const xz = Bun.spawn(["xz", "--keep", "--force", "-6", "--threads=1", file], { stderr: "inherit" });
  if ((await xz.exited) !== 0) throw new Error(`${file}: xz failed`);
  return [file, `${file}.gz`, `${file}.xz`];
}

async function sum(files: readonly string[]): Promise<void> {
  const digest = async (file: string) =>
    createHash("sha256")
      .update(await readFile(file))
      .digest("hex");
  const lines = await Promise.all(files.toSorted().map(async (file) => `${await digest(file)}  ${basename(file)}\n`));
  await writeFile(join(values.outdir, "SHA256SUMS"), lines.join(""));
}
