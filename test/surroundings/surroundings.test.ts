import { afterAll, beforeAll, expect, setDefaultTimeout } from "bun:test";
import { join, resolve } from "node:path";
import { ensureTools, isRoot } from "../lab/tools.ts";
import { run, succeed } from "../lab/command.ts";
import { BINARY } from "../support/binary.ts";
import { needs } from "../support/needs.ts";
import { temporaryDirectory } from "../support/temporary.ts";
import { inPlace, roots, type Place } from "./place.ts";

setDefaultTimeout(300_000);
const project = resolve(import.meta.dir, "../..");
const portable = join(project, `dist/sloth-runner-linux-${process.arch}-portable`);
const dir = temporaryDirectory();
const confine = join(dir.path, "confine");
const answers: string[][] = [];

beforeAll(async () => {
  if (!isRoot()) return;
  await ensureTools();
  const targets = ["linux-x64-portable", "linux-arm64-portable"].flatMap((name) => ["--target", name]);
  await succeed([process.execPath, "scripts/build-binary.ts", ...targets]);
  await succeed(["gcc", "-static", "-O1", "-o", confine, join(import.meta.dir, "confine.c")]);
});
afterAll(() => {
  dir[Symbol.dispose]();
  for (const columns of [["system", "build", "answer"], ...answers]) {
    console.log(columns.map((text, index) => text.padEnd([55, 10, 0][index] ?? 0)).join(" "));
  }
});

/** Brings a file to its state twice, by Lua, with the record in SQLite. */
const WORK = `start version
start run - --stack test --db /data/test.db <<'LUA'
file_ops.copy({ content = "hello\\n", dest = "/data/hello" })
LUA
start run - --stack test --db /data/test.db --output json <<'LUA'
assert(not file_ops.copy({ content = "hello\\n", dest = "/data/hello" }).changed)
LUA
`;

const native = "native";
type Root = keyof typeof roots;
interface Surroundings extends Omit<Place, "root"> {
  readonly root: Root;
  readonly builds: readonly ("native" | "portable")[];
  /** What it says, in one line; it works when this is absent. */
  readonly says?: RegExp;
  readonly first?: string;
}
const both = [native, "portable"] as const;
const noMemoryFiles = /^sloth-runner: memory files are needed and not to be had: .*\n$/;
const noProc = /^sloth-runner: \/proc is needed and not there; mount it with: mount -t proc proc \/proc\n$/;

const systems: Readonly<Record<string, Surroundings>> = {
  "an empty root with /proc": { root: "empty", builds: ["portable"] },
  "an empty root without /proc": { root: "empty", builds: ["portable"], without: ["proc"], says: noProc },
  "a root with glibc's loader and four libraries": { root: "glibc", builds: both },
  "the same without /proc": { root: "glibc", builds: both, without: ["proc"], says: noProc },
  "Debian, smallest": { root: "debian", builds: both },
  "busybox alone": { root: "busybox", builds: ["portable"] },
  "musl and busybox, as Alpine": { root: "musl", builds: ["portable"] },
  "a read-only root": { root: "debian", builds: both, without: ["writable"] },
  "no HOME, no entry in passwd": { root: "debian", builds: both, options: ["--userspec=12345:12345", "--groups="] },
  "/tmp where nothing may be executed": {
    root: "debian",
    builds: both,
    first: 'mount -t tmpfs -o noexec none "$ROOT/tmp"',
  },
  "no /dev": { root: "debian", builds: both, first: 'mount -t tmpfs none "$ROOT/dev"' },
  "20 open files at most": { root: "debian", builds: both, first: "ulimit -n 20" },
  "umask 077": { root: "debian", builds: both, first: "umask 077" },
  "what containers forbid (seccomp, no_new_privs)": { root: "debian", builds: both, wrapper: [confine, "container"] },
  "no memory both writable and executable": { root: "debian", builds: both, wrapper: [confine, "no-wx"] },
  "96 MiB of memory": { root: "debian", builds: both, wrapper: [join(import.meta.dir, "memory.sh"), "96M"] },
  "no memory files": { root: "debian", builds: [native], wrapper: [confine, "no-memfd"] },
  "no memory files, and a build that needs them": {
    root: "debian",
    builds: ["portable"],
    wrapper: [confine, "no-memfd"],
    says: noMemoryFiles,
  },
};

for (const [name, { root, builds, says, first = "", ...place }] of Object.entries(systems)) {
  for (const build of builds) {
    needs(isRoot(), "root, to make namespaces")(`${build} build: ${name}`, async () => {
      using parent = temporaryDirectory();
      const program = build === native ? BINARY : portable;
      const output = await inPlace(program, { ...place, root: await roots[root](parent.path) }, `${first}\n${WORK}`);
      answers.push([name, build, says === undefined && output.exitCode === 0 ? "works" : output.stderr.trim()]);
      if (says === undefined)
        expect(output).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("sloth-runner ") });
      else expect(output).toMatchObject({ exitCode: 1, stdout: "", stderr: expect.stringMatching(says) });
    });
  }
}

const emulated: Readonly<Record<string, { argv: string[]; says?: RegExp }>> = {
  "x64 without AVX": { argv: ["qemu-x86_64", "-cpu", "Nehalem", `${project}/dist/sloth-runner-linux-x64-portable`] },
  "x64 without SSE 4.2": {
    argv: ["qemu-x86_64", "-cpu", "core2duo", `${project}/dist/sloth-runner-linux-x64-portable`],
    says: /^sloth-runner: this processor is too old: .*\n$/,
  },
  arm64: { argv: ["qemu-aarch64", `${project}/dist/sloth-runner-linux-arm64-portable`] },
};
for (const [name, { argv, says }] of Object.entries(emulated)) {
  needs(isRoot() && Bun.which(argv[0] ?? "") !== null, argv[0] ?? "")(`emulated: ${name}`, async () => {
    const output = await run([...argv, "version"]);
    answers.push([
      `${name}, emulated`,
      "portable",
      says === undefined && output.exitCode === 0 ? "works" : output.stderr.trim(),
    ]);
    if (says === undefined) expect(output.stdout).toStartWith("sloth-runner ");
    else expect(output.stderr).toMatch(says);
  });
}
