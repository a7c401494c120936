import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { run, type Ran } from "../support/binary.ts";
import { needs } from "../support/needs.ts";
import { temporaryDirectory } from "../support/temporary.ts";

const SOURCE = resolve(import.meta.dir, "../../install.sh");
const shells = { dash: ["dash"], bash: ["bash", "--posix"], "busybox ash": ["busybox", "ash"] };
const here = { target: `linux-${process.arch}`, system: "Linux" };

const dir = temporaryDirectory();
const releases = join(dir.path, "releases");
/** The script as a release has it: with the key that signs. */
const SCRIPT = join(dir.path, "install.sh");
const canSign = Bun.which("ssh-keygen") !== null;
let server: Bun.Server<undefined> | undefined;

beforeAll(() => {
  if (!canSign) return;
  for (const name of ["ours", "theirs"])
    run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", join(dir.path, name)]);
  const key = readFileSync(join(dir.path, "ours.pub"), "utf8").trim();
  writeFileSync(SCRIPT, readFileSync(SOURCE, "utf8").replace("\npublic_key=''\n", `\npublic_key='${key}'\n`));
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
  await server?.stop(true);
  dir[Symbol.dispose]();
});

describe.each(Object.entries(shells))("under %s", (name, shell) => {
  const on = needs(canSign && Bun.which(shell[0] ?? "") !== null, `${name} and ssh-keygen`);
  const install = (...argv: string[]): Promise<Ran> => start([...shell, SCRIPT, ...argv]);

  on("installs the newest release from a server, and a given one", async () => {
    using place = temporaryDirectory();
    const bin = join(place.path, "made/bin");
    const from = server?.url.href ?? "";
    expect(await install("--from", from, "--dir", bin)).toMatchObject({ code: 0, stderr: "" });
    expect(version(bin)).toBe("sloth-runner 2.0.0\n");
    expect(await install("--from", from, "--dir", bin, "--version", "v1.0.0")).toMatchObject({ code: 0 });
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
    release("3.0.0", NO_LOADER, { portable: "echo sloth-runner 3.0.0" });
    const { code, stdout } = await install("--from", join(releases, "3.0.0"), "--dir", place.path);
    expect(code).toBe(0);
    expect(stdout).toContain(`build does not run here (no loader); taking ${here.target}-portable\n`);
    expect(version(place.path)).toBe("sloth-runner 3.0.0\n");
  });

  on("says in one line what is missing or wrong", async () => {
    using place = temporaryDirectory();
    const dirFlag = ["--dir", place.path];
    const cases: [string[], string][] = [
      [["--form", releases], "--form: unknown option; see --help"],
      [["--from"], "--from: a value is missing"],
      [dirFlag, "no place to download from; give --from URL or --from DIR"],
      ...["--from", "--version", "--dir", "--target", "--key"].map((flag): [string[], string] => [
        [flag, ""],
        `${flag}: its value is empty`,
      ]),
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

describe("installs only what was signed, as what it was signed", () => {
  const on = needs(canSign, "ssh-keygen");
  const attempt = async (from: string, ...more: string[]): Promise<string> => {
    using place = temporaryDirectory();
    const { code, stdout, stderr } = await start(["sh", SCRIPT, "--from", from, "--dir", place.path, ...more]);
    expect([code, readdirSync(place.path)]).toEqual(code === 0 ? [0, ["sloth-runner"]] : [1, []]);
    return stderr + stdout;
  };
  const two = join(releases, "2.0.0");

  on("by the key in the script, or another that is given", async () => {
    expect(await attempt(two)).toStartWith("Installed sloth-runner 2.0.0 of 2026-01-02T03:04:05Z");
    expect(await attempt(two, "--key", join(dir.path, "theirs.pub"))).toContain("not signed with the given key");
    const theirs = copyOf(two, "theirs");
    expect(await attempt(theirs)).toContain("not signed with the given key");
    for (const key of [join(dir.path, "theirs.pub"), readFileSync(join(dir.path, "theirs.pub"), "utf8")])
      expect(await attempt(theirs, "--key", key)).toStartWith("Installed sloth-runner 2.0.0");
  });

  on("and --insecure, which says so, is the only way past", async () => {
    const unsigned = copyOf(two);
    rmSync(join(unsigned, "SHA256SUMS.sig"));
    expect(await attempt(unsigned)).toContain("SHA256SUMS.sig: cannot be had");
    expect(await attempt(unsigned, "--key", "")).toContain("--key: its value is empty");
    expect(await attempt(unsigned, "--insecure")).toStartWith(
      "Not checked who made this release (--insecure)\nInstalled",
    );
    const keyless = await start(["sh", SOURCE, "--from", two, "--dir", "/nowhere"]);
    expect(keyless.stderr).toBe(
      "install.sh: no key to check the release by; give --key FILE, or --insecure to install what nobody has signed\n",
    );
    const env = { PATH: process.env["PATH"] ?? "", SLOTH_RUNNER_KEY: "" };
    expect(run(["sh", SCRIPT, "--from", two, "--dir", "/nowhere"], { env }).stderr).toContain("set, and empty");
  });

  on("an old release is not installed as another, nor as the newest", async () => {
    const mirror = temporaryDirectory();
    run(["cp", "-r", join(releases, "1.0.0"), join(mirror.path, "9.9.9")]);
    expect(await attempt(mirror.path, "--version", "9.9.9")).toContain("holds the release 1.0.0, not 9.9.9");
    writeFileSync(join(mirror.path, "latest"), "9.9.9\n");
    expect(await attempt(mirror.path)).toContain("holds the release 1.0.0, not 9.9.9");

    run(["cp", "-r", join(releases, "1.0.0"), mirror.path]);
    writeFileSync(join(mirror.path, "latest"), "1.0.0\n");
    using place = temporaryDirectory();
    const install = (...more: string[]) => start(["sh", SCRIPT, "--dir", place.path, ...more]);
    await install("--from", two);
    expect(await install("--from", mirror.path)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        "2.0.0 is installed, and the newest release here is 1.0.0 of 2026-01-02T03:04:05Z",
      ),
    });
    expect(await install("--from", mirror.path, "--version", "1.0.0")).toMatchObject({ code: 0 });
    mirror[Symbol.dispose]();
  });

  on("nor a program that says it is another, nor sums that do not say what they are of", async () => {
    release("4.0.0", "echo sloth-runner 5.0.0");
    expect(await attempt(join(releases, "4.0.0"))).toContain("the program says it is 'sloth-runner 5.0.0'");
    for (const first of ["# other-program 2.0.0 2026-01-02T03:04:05Z", "# sloth-runner 2.0.0", ""])
      expect(await attempt(copyOf(two, "ours", first))).toContain(
        "does not say which release of sloth-runner it is of",
      );
  });
});

needs(canSign, "ssh-keygen")(
  "a link or a directory where the program goes is named, and nothing goes through it",
  async () => {
    using place = temporaryDirectory();
    const elsewhere = join(place.path, "elsewhere");
    const target = join(place.path, "sloth-runner");
    mkdirSync(elsewhere);
    const install = () => start(["sh", SCRIPT, "--from", join(releases, "2.0.0"), "--dir", place.path]);
    for (const to of [elsewhere, join(place.path, "nowhere"), "/bin/true"]) {
      symlinkSync(to, target);
      expect(await install()).toMatchObject({
        code: 1,
        stderr: expect.stringContaining(`${target}: is a link, to ${to}`),
      });
      rmSync(target);
    }
    mkdirSync(target);
    expect(await install()).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`${target}: is there and no file`),
    });
    expect([readdirSync(elsewhere), readdirSync(target)]).toEqual([[], []]);
  },
);

describe.each(["wget", "busybox wget"])("with %s and no curl", (name) => {
  const has = name.split(" ").every((program) => Bun.which(program) !== null);
  const programs = ["sh", "cat", "cp", "mkdir", "mktemp", "rm", "mv", "sed", "grep", "head", "tail", "sort", "chmod"];
  const more = ["sha256sum", "ssh-keygen", "gzip", "id", "uname", "getconf", "openssl", "ssl_client"];

  needs(canSign && has && Bun.which("openssl") !== null, `${name} and openssl`)(
    "https does not become http",
    async () => {
      using place = temporaryDirectory();
      const [bin, certificate] = [join(place.path, "bin"), join(place.path, "certificate")];
      mkdirSync(bin);
      for (const program of [...programs, ...more]) {
        const path = Bun.which(program);
        if (path !== null) symlinkSync(path, join(bin, program));
      }
      // A certificate of our own is not what is looked at here.
      writeFileSync(
        join(bin, "wget"),
        `#!/bin/sh\nexec ${Bun.which(name.split(" ")[0] ?? "")}${name === "wget" ? "" : " wget"} --no-check-certificate "$@"\n`,
        { mode: 0o755 },
      );
      run([
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        `${certificate}.key`,
        "-out",
        `${certificate}.pem`,
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
      ]);
      let moved: string | undefined;
      using secure = Bun.serve({
        port: 0,
        hostname: "127.0.0.1",
        tls: { key: Bun.file(`${certificate}.key`), cert: Bun.file(`${certificate}.pem`) },
        fetch(request) {
          const { pathname } = new URL(request.url);
          if (moved !== undefined && !pathname.startsWith("/there"))
            return new Response(null, { status: 302, headers: { Location: `${moved}${pathname}` } });
          const file = join(releases, pathname.replace("/there", ""));
          return existsSync(file) ? new Response(Bun.file(file)) : new Response("no", { status: 404 });
        },
      });
      const base = `https://127.0.0.1:${secure.port}`;
      const install = (...flags: string[]) =>
        start(["sh", SCRIPT, "--from", `${base}/2.0.0`, "--dir", join(place.path, "to"), ...flags], undefined, {
          PATH: bin,
        });
      moved = server?.url.href.replace(/\/$/, "");
      for (const flags of [[], ["--insecure"]])
        expect((await install(...flags)).stderr).toContain(`cannot be had: it leads from https to `);
      expect(readdirSync(join(place.path, "to"))).toEqual([]);
      for (const place of [undefined, "/there", `${base}/there`]) {
        moved = place;
        expect(await install()).toMatchObject({ code: 0, stderr: "" });
      }
    },
  );
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
    const { stdout } = run(["sh", SOURCE, "--dry-run", "--insecure", "--from", "https://example.org"], {
      env: { PATH },
    });
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
  writeFileSync(join(folder, "SHA256SUMS"), `# sloth-runner ${name} 2026-01-02T03:04:05Z\n${lines.join("")}`);
  sign(folder, "ours");
}

function sign(folder: string, key: string): void {
  rmSync(join(folder, "SHA256SUMS.sig"), { force: true });
  run(["ssh-keygen", "-q", "-Y", "sign", "-n", "sloth-runner", "-f", join(dir.path, key), join(folder, "SHA256SUMS")]);
}

/** A release as it is, signed anew by `key`, its first line another when one is given. */
function copyOf(folder: string, key = "ours", first?: string): string {
  const copy = mkdtempSync(join(dir.path, "copy-"));
  run(["cp", "-r", `${folder}/.`, copy]);
  const sums = join(copy, "SHA256SUMS");
  if (first !== undefined) writeFileSync(sums, readFileSync(sums, "utf8").replace(/.*/, first));
  sign(copy, key);
  return copy;
}

/** Without blocking: the server is in this process. */
async function start(argv: readonly string[], stdin?: Uint8Array, env?: Record<string, string>): Promise<Ran> {
  const child = Bun.spawn([...argv], { stdin: stdin ?? "ignore", stdout: "pipe", stderr: "pipe", ...(env && { env }) });
  const [stdout, stderr, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { code, stdout, stderr };
}

function version(bin: string): string {
  return run([join(bin, "sloth-runner"), "version"]).stdout;
}
