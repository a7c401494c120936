import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { run, type Ran } from "../support/binary.ts";
import { needs } from "../support/needs.ts";
import { temporaryDirectory } from "../support/temporary.ts";

const SCRIPT = resolve(import.meta.dir, "../../install.sh");
const shells = { dash: ["dash"], bash: ["bash", "--posix"], "busybox ash": ["busybox", "ash"] };
const here = { target: `linux-${process.arch}`, system: "Linux" };

const dir = temporaryDirectory();
const releases = join(dir.path, "releases");
let server: Bun.Server<undefined>;

beforeAll(() => {
  release("1.0.0");
  release("2.0.0");
  writeFileSync(join(releases, "latest"), "2.0.0\n");
  server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const file = Bun.file(join(releases, new URL(request.url).pathname));
      return (await file.exists()) ? new Response(file) : new Response("no", { status: 404 });
    },
  });
});
afterAll(async () => {
  await server.stop(true);
  dir[Symbol.dispose]();
});

describe.each(Object.entries(shells))("under %s", (name, shell) => {
  const on = needs(Bun.which(shell[0] ?? "") !== null, name);
  const install = (...argv: string[]): Promise<Ran> => start([...shell, SCRIPT, ...argv]);

  on("installs the newest release from a server, and a given one", async () => {
    using place = temporaryDirectory();
    const bin = join(place.path, "made/bin");
    expect(await install("--from", server.url.href, "--dir", bin)).toMatchObject({ code: 0, stderr: "" });
    expect(version(bin)).toBe("sloth-runner 2.0.0\n");
    expect(await install("--from", server.url.href, "--dir", bin, "--version", "v1.0.0")).toMatchObject({ code: 0 });
    expect(version(bin)).toBe("sloth-runner 1.0.0\n");
    expect(readdirSync(bin)).toEqual(["sloth-runner"]);
  });

  on("installs from a folder, from a file:// address and from one release alone", async () => {
    using place = temporaryDirectory();
    for (const from of [releases, `file://${releases}`, join(releases, "2.0.0")]) {
      expect(await install("--from", from, "--dir", place.path)).toMatchObject({ code: 0, stderr: "" });
      expect(version(place.path)).toBe("sloth-runner 2.0.0\n");
    }
  });

  on("adds completions on request, and takes all of it away again", async () => {
    using place = temporaryDirectory();
    const bin = join(place.path, "bin");
    expect(await install("--from", releases, "--dir", bin, "--completions")).toMatchObject({ code: 0 });
    const completions = join(place.path, "share/zsh/site-functions/_sloth-runner");
    expect(readFileSync(completions, "utf8")).toBe("completions for zsh\n");
    expect(await install("--dir", bin, "--uninstall", "--dry-run")).toMatchObject({ code: 0 });
    expect(existsSync(completions)).toBe(true);
    expect(await install("--dir", bin, "--uninstall")).toMatchObject({ code: 0 });
    expect([existsSync(completions), readdirSync(bin)]).toEqual([false, []]);
    expect(await install("--dir", bin, "--uninstall")).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  on("refuses a flipped byte, compressed or not, and leaves what was there", async () => {
    using place = temporaryDirectory();
    writeFileSync(join(place.path, "sloth-runner"), "the old one");
    for (const damaged of [".gz", ""]) {
      using copy = temporaryDirectory();
      run(["cp", "-r", `${releases}/2.0.0/.`, copy.path]);
      if (damaged === "") run(["rm", join(copy.path, `sloth-runner-${here.target}.gz`)]);
      const file = join(copy.path, `sloth-runner-${here.target}${damaged}`);
      const bytes = readFileSync(file);
      bytes[20] = (bytes[20] ?? 0) ^ 1;
      writeFileSync(file, bytes);
      const { code, stderr } = await install("--from", copy.path, "--dir", place.path);
      expect(code).toBe(1);
      expect(stderr).toContain("its SHA-256 is not the one in SHA256SUMS; nothing was installed");
    }
    expect(readFileSync(join(place.path, "sloth-runner"), "utf8")).toBe("the old one");
    expect(readdirSync(place.path)).toEqual(["sloth-runner"]);
  });

  on("takes the portable build where the one that seems to fit does not run", async () => {
    using place = temporaryDirectory();
    release("fallback", NO_LOADER, { portable: "echo sloth-runner portable" });
    const { code, stdout } = await install("--from", join(releases, "fallback"), "--dir", place.path);
    expect(code).toBe(0);
    expect(stdout).toContain(`build does not run here (no loader); taking ${here.target}-portable\n`);
    expect(version(place.path)).toBe("sloth-runner portable\n");
  });

  on("says in one line what is missing or wrong", async () => {
    using place = temporaryDirectory();
    const dirFlag = ["--dir", place.path];
    const cases: [string[], string][] = [
      [["--form", releases], "--form: unknown option; see --help"],
      [["--from"], "--from: a value is missing"],
      [dirFlag, "no place to download from; give --from URL or --from DIR"],
      [["--from", releases, "--version", "9.9", ...dirFlag], `${releases}/9.9/SHA256SUMS: cannot be had: `],
      [["--from", releases, "--target", "linux-vax", ...dirFlag], `sloth-runner-linux-vax: cannot be had: `],
      [["--from", releases, "--dir", "/proc/none"], "/proc/none: cannot be made; give another with --dir DIR"],
      [["--from", join(releases, "broken"), "--target", here.target, ...dirFlag], "build does not run here: no loader"],
    ];
    release("broken", NO_LOADER);
    for (const [argv, message] of cases) {
      const { code, stdout, stderr } = await install(...argv);
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toStartWith("install.sh: ");
      expect(stderr).toContain(message);
      expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    }
    expect(readdirSync(place.path)).toEqual([]);
  });

  on("cut anywhere, it does nothing", async () => {
    const whole = readFileSync(SCRIPT);
    const evil = "/nowhere/that/exists";
    const everyKilobyte = Array.from({ length: Math.ceil(whole.length / 1024) }, (_, index) => index * 1024);
    const theLastBytes = Array.from({ length: 20 }, (_, index) => whole.length - 2 - index);
    for (const length of [...everyKilobyte, ...theLastBytes]) {
      const { stdout } = await start([...shell, "-s", "--", "--from", evil, "--dry-run"], whole.subarray(0, length));
      expect(`${length}: ${stdout}`).toBe(`${length}: `);
    }
    const { stdout } = await start([...shell, "-s", "--", "--from", evil, "--dry-run"], whole);
    expect(stdout).toStartWith("Would install sloth-runner");
  });
});

needs(Bun.which("ssh-keygen") !== null, "ssh-keygen")("installs only what the given key has signed", async () => {
  using place = temporaryDirectory();
  const [bin, keys] = [join(place.path, "bin"), join(place.path, "keys")];
  mkdirSync(keys);
  for (const name of ["ours", "theirs"]) run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", join(keys, name)]);
  const attempt = (key: string) => start(["sh", SCRIPT, "--from", releases, "--dir", bin, "--key", key]);

  expect(await attempt(join(keys, "ours.pub"))).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("SHA256SUMS.sig: cannot be had"),
  });
  run([
    "ssh-keygen",
    "-q",
    "-Y",
    "sign",
    "-n",
    "sloth-runner",
    "-f",
    join(keys, "ours"),
    join(releases, "2.0.0/SHA256SUMS"),
  ]);
  expect(await attempt(join(keys, "theirs.pub"))).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("not signed with the given key"),
  });
  expect(readdirSync(bin)).toEqual([]);
  expect(await attempt(join(keys, "ours.pub"))).toMatchObject({ code: 0 });
  expect(await attempt(readFileSync(join(keys, "ours.pub"), "utf8"))).toMatchObject({ code: 0 });
});

describe("picks the build that fits", () => {
  const cases: [string, Record<string, string>, string][] = [
    ["glibc", { getconf: "echo glibc 2.36" }, "linux-x64"],
    ["glibc, known by ldd alone", { getconf: "exit 1", ldd: "echo 'ldd (GNU libc) 2.28'" }, "linux-x64"],
    ["a glibc that is too old", { getconf: "echo glibc 2.12" }, "linux-x64-portable"],
    ["musl", { getconf: "exit 1", ldd: "echo 'musl libc (x86_64)' >&2; exit 1" }, "linux-x64-portable"],
    [
      "arm64",
      { getconf: "echo glibc 2.31", uname: `case $1 in -m) echo aarch64 ;; *) echo Linux ;; esac` },
      "linux-arm64",
    ],
    ["macOS", { uname: `case $1 in -m) echo arm64 ;; *) echo Darwin ;; esac` }, "darwin-arm64"],
  ];
  test.each(cases)("%s", async (_, programs, target) => {
    using place = temporaryDirectory();
    const all = { uname: `case $1 in -m) echo x86_64 ;; *) echo Linux ;; esac`, grep: "exit 0", ...programs };
    for (const [name, body] of Object.entries(all)) {
      writeFileSync(join(place.path, name), `#!/bin/sh\n${body}\n`);
      chmodSync(join(place.path, name), 0o755);
    }
    const PATH = `${place.path}:${process.env["PATH"]}`;
    const { stdout } = run(["sh", SCRIPT, "--dry-run", "--from", "https://example.org"], { env: { PATH } });
    expect(stdout).toContain(`for ${target} from`);
  });
});

needs(Bun.which("shellcheck") !== null, "shellcheck")("shellcheck finds nothing in the project's scripts", () => {
  const root = resolve(import.meta.dir, "../..");
  const scripts = [
    "install.sh",
    "scripts/launcher/build.sh",
    ".ci/run",
    "examples/drift-in-ci/drift.sh",
    "test/surroundings/memory.sh",
  ].map((name) => join(root, name));
  expect(run(["shellcheck", ...scripts])).toEqual({ code: 0, stdout: "", stderr: "" });
});

const NO_LOADER = "echo no loader; exit 1";

/** A release whose programs are scripts that know their version; the portable one may be another. */
function release(
  name: string,
  program = `[ "$1" = version ] && echo sloth-runner ${name} || echo "$1 for $2"`,
  { portable = program } = {},
): void {
  const folder = join(releases, name);
  mkdirSync(folder, { recursive: true });
  const targets = [here.target, `${here.target}-baseline`, `${here.target}-portable`];
  const lines = targets.flatMap((target) => {
    const plain = Buffer.from(`#!/bin/sh\n${target.endsWith("-portable") ? portable : program}\n`);
    const files = { [`sloth-runner-${target}`]: plain, [`sloth-runner-${target}.gz`]: gzipSync(plain) };
    return Object.entries(files).map(([file, contents]) => {
      writeFileSync(join(folder, file), contents);
      return `${createHash("sha256").update(contents).digest("hex")}  ${file}\n`;
    });
  });
  writeFileSync(join(folder, "SHA256SUMS"), lines.join(""));
}

/** Without blocking: the server is in this process. */
async function start(argv: readonly string[], stdin?: Uint8Array): Promise<Ran> {
  const child = Bun.spawn([...argv], { stdin: stdin ?? "ignore", stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { code, stdout, stderr };
}

function version(bin: string): string {
  return run([join(bin, "sloth-runner"), "version"]).stdout;
}
