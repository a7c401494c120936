import { describe, expect, test } from "bun:test";
import * as fs from "node:fs";
import { digestOf } from "../../../src/base/digest.ts";
import { openHost } from "../../../src/system/host.ts";
import type { System } from "../../../src/system/system.ts";
import { asRoot } from "../../support/needs-root.ts";
import { temporaryDirectory } from "../../support/temp.ts";
import { treeLines } from "../../support/tree-digest.ts";

const signal = new AbortController().signal;
const bytes = (text: string): Uint8Array => Buffer.from(text);
const modeOf = (path: string): string => (fs.lstatSync(path).mode & 0o7777).toString(8);

function realSystem(): { system: System; root: string } {
  return { system: openHost({ mode: "apply" }).writer({ signal }), root: temporaryDirectory() };
}

function codeOf(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error instanceof Error && "code" in error ? error.code : error;
  }
  return "no error";
}

describe("looking", () => {
  test("nothing there is null, also below a file and behind a dangling or circular link", () => {
    const { system, root } = realSystem();
    fs.writeFileSync(`${root}/file`, "");
    fs.symlinkSync("nowhere", `${root}/dangling`);
    fs.symlinkSync("circle", `${root}/circle`);
    expect(system.lstat(`${root}/none`)).toBeNull();
    expect(system.lstat(`${root}/file/below`)).toBeNull();
    expect(system.stat(`${root}/dangling`)).toBeNull();
    expect(system.stat(`${root}/circle`)).toBeNull();
    expect(system.realPath(`${root}/circle`)).toBeNull();
    expect(system.lstat(`${root}/circle`)?.type).toBe("link");
  });

  test("tells every type and the mode with its special bits", () => {
    const { system, root } = realSystem();
    fs.mkdirSync(`${root}/d`);
    fs.chmodSync(`${root}/d`, 0o3775);
    Bun.spawnSync(["mkfifo", `${root}/p`]);
    expect(system.lstat(`${root}/d`)).toMatchObject({ type: "directory", mode: 0o3775 });
    expect(system.lstat(`${root}/p`)?.type).toBe("fifo");
    expect(system.lstat("/dev/null")?.type).toBe("character");
  });

  test("names that are not UTF-8 come and go as the same bytes, sorted by bytes", async () => {
    const { system, root } = realSystem();
    const name = Buffer.from([0x61, 0xff, 0x0a]);
    fs.writeFileSync(Buffer.concat([Buffer.from(`${root}/`), name]), "odd");
    fs.writeFileSync(`${root}/\u{10000}`, "");
    fs.writeFileSync(`${root}/\uffee`, "");
    const names = system.list(root);
    expect(names).toEqual(["a\udcff\n", "\uffee", "\u{10000}"]);
    expect(system.readFile(`${root}/${names[0]}`)).toEqual(bytes("odd"));
    await system.writeFile(`${root}/b\udcfe`, bytes("new"), {});
    expect(fs.readdirSync(root, { encoding: "buffer" })).toContainEqual(Buffer.from([0x62, 0xfe]));
  });

  test("a fifo is refused, not waited for", () => {
    const { system, root } = realSystem();
    Bun.spawnSync(["mkfifo", `${root}/p`]);
    expect(codeOf(() => system.readFile(`${root}/p`))).toBe("E_NOT_FILE");
    expect(codeOf(() => system.digest(`${root}/p`))).toBe("E_NOT_FILE");
    expect(codeOf(() => system.readFile(root))).toBe("E_IS_DIRECTORY");
  });

  test("files that say they are empty and are not, as in /proc, are read whole", () => {
    const { system } = realSystem();
    expect(Buffer.from(system.readFile("/proc/self/status")).toString()).toContain("Pid:");
  });

  test("the digest of a large file is that of its bytes, in pieces of at most 1 MiB", async () => {
    const { system, root } = realSystem();
    const large = Buffer.alloc(3_000_000, "sloth");
    fs.writeFileSync(`${root}/large`, large);
    const digest = system.digest(`${root}/large`);
    expect(digest).toBeInstanceOf(Promise);
    expect(await digest).toBe(digestOf(large));
    const lengths: number[] = [];
    for await (const piece of system.stream(`${root}/large`)) lengths.push(piece.length);
    expect(lengths).toEqual([1 << 20, 1 << 20, 3_000_000 - (2 << 20)]);
  });

  test("a large file that was just written is not read again for its digest, unless anything touched it since", async () => {
    const { system, root } = realSystem();
    const path = `${root}/large`;
    const large = new Uint8Array(9 << 20).fill(7);
    const digest = digestOf(large);
    await system.writeFile(path, large, { digest });
    expect(system.digest(path)).toBe(digest);
    const fd = fs.openSync(path, "r+");
    fs.writeSync(fd, "x", 100);
    fs.closeSync(fd);
    large[100] = 0x78;
    expect(await system.digest(path)).toBe(digestOf(large));
    await system.writeFile(path, large, { digest: digestOf(large) });
    fs.writeFileSync(`${root}/other`, new Uint8Array(9 << 20));
    fs.renameSync(`${root}/other`, path);
    expect(await system.digest(path)).toBe(digestOf(new Uint8Array(9 << 20)));
  });

  test("digests are keyed when compared with a keyed one, and always in a sensitive call", () => {
    const key = bytes("key");
    const host = openHost({ mode: "read", key });
    const root = temporaryDirectory();
    fs.writeFileSync(`${root}/f`, "secret");
    const keyed = digestOf("secret", key);
    expect(host.reader({ signal }).digest(`${root}/f`, keyed)).toBe(keyed);
    expect(host.reader({ signal }).digest(`${root}/f`)).toBe(digestOf("secret"));
    expect(host.reader({ signal, sensitive: true }).digest(`${root}/f`)).toBe(keyed);
    expect(host.reader({ signal, sensitive: true }).digestOf("secret")).toBe(keyed);
  });

  test("a host that is only read gives no hands", () => {
    expect(codeOf(() => openHost({ mode: "read" }).writer({ signal }))).toBe("E_READ_ONLY");
  });
});

describe("writing a file", () => {
  test("a new file has 0666 less umask; the same write again keeps all", async () => {
    const { system, root } = realSystem();
    await system.writeFile(`${root}/f`, bytes("one"), {});
    const before = treeLines(root);
    await system.writeFile(`${root}/f`, bytes("one"), {});
    expect(treeLines(root)).toEqual(before);
    expect(modeOf(`${root}/f`)).toBe((0o666 & ~process.umask()).toString(8));
  });

  test("any umask: it bounds what is new and has no say in what is stated", async () => {
    for (const umask of [0o000, 0o077]) {
      const before = process.umask(umask);
      try {
        const { system, root } = realSystem();
        await system.writeFile(`${root}/f`, bytes(""), {});
        await system.writeFile(`${root}/g`, bytes(""), { mode: 0o664 });
        system.mkdir(`${root}/d`, {});
        system.mkdir(`${root}/e`, { mode: 0o775 });
        const modes = ["f", "g", "d", "e"].map((name) => fs.statSync(`${root}/${name}`).mode & 0o7777);
        expect(modes).toEqual([0o666 & ~umask, 0o664, 0o777 & ~umask, 0o775]);
      } finally {
        process.umask(before);
      }
    }
  });

  test("what is not stated stays as the replaced file had it, set-uid too", async () => {
    const { system, root } = realSystem();
    fs.writeFileSync(`${root}/f`, "one");
    fs.chmodSync(`${root}/f`, 0o4751);
    await system.writeFile(`${root}/f`, bytes("two"), {});
    expect(modeOf(`${root}/f`)).toBe("4751");
    await system.writeFile(`${root}/f`, bytes("two"), { mode: 0o600 });
    expect(modeOf(`${root}/f`)).toBe("600");
  });

  test("contents that are not what was announced leave the old file and nothing else", async () => {
    const { system, root } = realSystem();
    fs.writeFileSync(`${root}/f`, "old");
    const write = system.writeFile(`${root}/f`, pieces("ne", "w"), { digest: digestOf("other") });
    expect(await failure(write)).toMatchObject({ code: "E_SOURCE_CHANGED" });
    expect(fs.readdirSync(root)).toEqual(["f"]);
    expect(fs.readFileSync(`${root}/f`, "utf8")).toBe("old");
    await system.writeFile(`${root}/f`, pieces("ne", "w"), { digest: digestOf("new") });
    expect(fs.readFileSync(`${root}/f`, "utf8")).toBe("new");
  });

  test("a source that fails half way leaves the old file and nothing else", async () => {
    const { system, root } = realSystem();
    fs.writeFileSync(`${root}/f`, "old");
    const failing = (async function* () {
      yield bytes("half");
      await Promise.resolve();
      throw new Error("cut off");
    })();
    expect(String(await failure(system.writeFile(`${root}/f`, failing, {})))).toBe("Error: cut off");
    expect(treeLines(root)).toHaveLength(2);
    expect(fs.readFileSync(`${root}/f`, "utf8")).toBe("old");
  });

  test("validation sees the finished file; when it fails the old one stays, and the message quotes why", async () => {
    const { system, root } = realSystem();
    fs.writeFileSync(`${root}/f`, "old");
    const validate = (script: string) => ["sh", "-c", script, "sh", "%s"] as const;
    const bad = system.writeFile(`${root}/f`, bytes("new"), { validate: validate('echo "bad: $1" >&2; exit 3') });
    expect(String(await failure(bad))).toBe(
      `validation of ${root}/f failed: sh ended with 3: bad: ${root}/f; the old file is still in place`,
    );
    expect(treeLines(root)).toHaveLength(2);
    await system.writeFile(`${root}/f`, bytes("new"), { mode: 0o640, validate: validate('test "$(cat "$1")" = new') });
    expect(fs.readFileSync(`${root}/f`, "utf8")).toBe("new");
  });

  test("a backup has Ansible's name, and all the old file had; a second in the same second has its own", async () => {
    const { system, root } = realSystem();
    for (const text of ["one", "two", "three"]) {
      await system.writeFile(`${root}/f`, bytes(text), { backup: true, mode: 0o600 });
    }
    const backups = fs.readdirSync(root).filter((name) => name !== "f");
    expect(backups).toHaveLength(2);
    for (const name of backups) expect(name).toMatch(/^f\.\d+\.\d{4}-\d\d-\d\d@\d\d:\d\d:\d\d~$/);
    expect(backups.sort().map((name) => fs.readFileSync(`${root}/${name}`, "utf8"))).toEqual(["one", "two"]);
  });

  test("a backup of a file with several names is a copy, not one more name", async () => {
    const { system, root } = realSystem();
    fs.writeFileSync(`${root}/f`, "one");
    fs.linkSync(`${root}/f`, `${root}/other`);
    await system.writeFile(`${root}/f`, bytes("two"), { backup: true });
    fs.writeFileSync(`${root}/other`, "changed");
    const backup = fs.readdirSync(root).find((name) => name.endsWith("~"));
    expect(fs.readFileSync(`${root}/${backup}`, "utf8")).toBe("one");
  });

  test("a link at the path is replaced, what it leads to stays", async () => {
    const { system, root } = realSystem();
    fs.writeFileSync(`${root}/real`, "kept");
    fs.symlinkSync("real", `${root}/link`);
    await system.writeFile(`${root}/link`, bytes("new"), {});
    expect(fs.lstatSync(`${root}/link`).isFile()).toBe(true);
    expect(fs.readFileSync(`${root}/real`, "utf8")).toBe("kept");
  });

  test("what a killed run left is removed with the next write, what a living one makes is not", async () => {
    const { system, root } = realSystem();
    await system.writeFile(`${root}/f`, bytes(""), { validate: ["cp", "%s", "%s.copy"] });
    const copy = fs.readdirSync(root).find((name) => name.includes(".sloth-")) ?? "";
    fs.rmSync(`${root}/${copy}`);
    const living = copy.replace(/\.copy$/, "");
    const dead = living.replace(/-\d+-\d+-/, "-999999999-1-");
    for (const name of [living, dead, ".f.sloth-notes"]) fs.writeFileSync(`${root}/${name}`, "");
    const [making, others] = [dead.replace(/^\.f/, ".making"), dead.replace(/^\.f/, ".others")];
    fs.mkdirSync(`${root}/${making}/made`, { recursive: true });
    fs.mkdirSync(`${root}/${others}`);
    fs.writeFileSync(`${root}/${others}/theirs`, "");
    await openHost({ mode: "apply" }).writer({ signal }).writeFile(`${root}/f`, bytes("new"), {});
    expect(fs.readdirSync(root).sort()).toEqual([living, ".f.sloth-notes", others, "f"].sort());
  });

  test("the longest name a file can have can be written", async () => {
    const { system, root } = realSystem();
    const name = "ä".repeat(127);
    await system.writeFile(`${root}/${name}`, bytes("x"), {});
    expect(fs.readdirSync(root)).toEqual([name]);
    const longer = system.writeFile(`${root}/${name}xx`, bytes("x"), {});
    expect(await failure(longer)).toMatchObject({ code: "E_NAME_TOO_LONG" });
  });

  test("errors name the path and what is wrong", async () => {
    const { system, root } = realSystem();
    fs.writeFileSync(`${root}/f`, "");
    expect(String(await failure(system.writeFile(`${root}/no/f`, bytes(""), {})))).toBe(
      `cannot write ${root}/no/f: the directory it is in is not there`,
    );
    expect(await failure(system.writeFile(`${root}/f/x`, bytes(""), {}))).toMatchObject({ code: "E_NOT_DIRECTORY" });
    expect(await failure(system.writeFile(root, bytes(""), {}))).toMatchObject({ code: "E_IS_DIRECTORY" });
  });

  asRoot("owner and group are set, by name or number; an unknown one is an error that changes nothing", async () => {
    const { system, root } = realSystem();
    await system.writeFile(`${root}/f`, bytes("x"), { owner: "nobody", group: "12", mode: 0o2755 });
    expect(fs.lstatSync(`${root}/f`)).toMatchObject({ uid: 65534, gid: 12 });
    expect(modeOf(`${root}/f`)).toBe("2755");
    await system.writeFile(`${root}/f`, bytes("y"), {});
    expect(fs.lstatSync(`${root}/f`)).toMatchObject({ uid: 65534, gid: 12 });
    expect(modeOf(`${root}/f`)).toBe("2755");
    const before = treeLines(root);
    const unknown = system.writeFile(`${root}/f`, bytes("z"), { owner: "no-such-user" });
    expect(String(await failure(unknown))).toBe("there is no user 'no-such-user' on this machine");
    expect(treeLines(root)).toEqual(before);
  });

  asRoot("a set-gid directory gives its group to what is made in it", async () => {
    const { system, root } = realSystem();
    fs.chownSync(root, 0, 12);
    fs.chmodSync(root, 0o2775);
    await system.writeFile(`${root}/f`, bytes("x"), {});
    system.mkdir(`${root}/d`, {});
    system.mkdir(`${root}/e`, { owner: "nobody" });
    for (const name of ["f", "d", "e"]) expect(fs.lstatSync(`${root}/${name}`).gid).toBe(12);
    for (const name of ["d", "e"]) expect(Number.parseInt(modeOf(`${root}/${name}`), 8) & 0o2000).toBe(0o2000);
  });
});

describe("links, directories, attributes", () => {
  test("a link replaces a link or a file, never a directory", () => {
    const { system, root } = realSystem();
    system.symlink("one", `${root}/l`);
    system.symlink("two", `${root}/l`);
    fs.writeFileSync(`${root}/f`, "");
    system.symlink("three", `${root}/f`);
    fs.mkdirSync(`${root}/d`);
    expect(codeOf(() => system.symlink("x", `${root}/d`))).toBe("E_IS_DIRECTORY");
    expect(fs.readdirSync(root).sort()).toEqual(["d", "f", "l"]);
    expect([system.readLink(`${root}/l`), system.readLink(`${root}/f`)]).toEqual(["two", "three"]);
  });

  test("a hard link replaces what is there, and again leaves no second name", () => {
    const { system, root } = realSystem();
    fs.writeFileSync(`${root}/a`, "a");
    fs.writeFileSync(`${root}/b`, "b");
    system.hardlink(`${root}/a`, `${root}/b`);
    system.hardlink(`${root}/a`, `${root}/b`);
    expect(fs.readdirSync(root).sort()).toEqual(["a", "b"]);
    expect(fs.lstatSync(`${root}/b`)).toMatchObject({ ino: fs.lstatSync(`${root}/a`).ino, nlink: 2 });
  });

  test("a directory gets exactly the mode asked for; one that is there is an error", () => {
    const { system, root } = realSystem();
    system.mkdir(`${root}/d`, { mode: 0o1777 });
    expect(modeOf(`${root}/d`)).toBe("1777");
    expect(codeOf(() => system.mkdir(`${root}/d`, { mode: 0o1777 }))).toBe("E_EXISTS");
    expect(codeOf(() => system.mkdir(`${root}/d`, {}))).toBe("E_EXISTS");
    expect(fs.readdirSync(root)).toEqual(["d"]);
  });

  test("chmod goes through no link", () => {
    const { system, root } = realSystem();
    fs.writeFileSync(`${root}/f`, "");
    fs.chmodSync(`${root}/f`, 0o600);
    fs.symlinkSync("f", `${root}/l`);
    expect(codeOf(() => system.chmod(`${root}/l`, 0o666))).toBe("E_LOOP");
    system.chmod(`${root}/f`, 0o4700);
    expect(modeOf(`${root}/f`)).toBe("4700");
  });

  asRoot("chown is of the link itself, and takes the set-id bits off a file as the kernel does", () => {
    const { system, root } = realSystem();
    fs.writeFileSync(`${root}/f`, "");
    fs.chmodSync(`${root}/f`, 0o6755);
    fs.symlinkSync("f", `${root}/l`);
    system.chown(`${root}/l`, "nobody", undefined);
    system.chown(`${root}/f`, undefined, "12");
    expect(fs.lstatSync(`${root}/l`)).toMatchObject({ uid: 65534, gid: 0 });
    expect(fs.lstatSync(`${root}/f`)).toMatchObject({ uid: 0, gid: 12 });
    expect(modeOf(`${root}/f`)).toBe("755");
  });

  test("times are those of the link itself", () => {
    const { system, root } = realSystem();
    fs.symlinkSync("nowhere", `${root}/l`);
    system.utimes(`${root}/l`, 1000, 2500);
    expect(system.lstat(`${root}/l`)).toMatchObject({ atimeMs: 1000, mtimeMs: 2500 });
  });

  test("unlink takes files, links and empty directories only", () => {
    const { system, root } = realSystem();
    fs.mkdirSync(`${root}/d/e`, { recursive: true });
    fs.symlinkSync("d", `${root}/l`);
    expect(codeOf(() => system.unlink(`${root}/d`))).toBe("E_NOT_EMPTY");
    system.unlink(`${root}/l`);
    system.unlink(`${root}/d/e`);
    system.unlink(`${root}/d`);
    expect(codeOf(() => system.unlink(`${root}/d`))).toBe("E_NOT_FOUND");
    expect(fs.readdirSync(root)).toEqual([]);
  });

  test("a tree is removed without following links in it; a link to a tree is only a link", async () => {
    const { system, root } = realSystem();
    fs.mkdirSync(`${root}/keep`);
    fs.writeFileSync(`${root}/keep/f`, "");
    fs.mkdirSync(`${root}/tree/a/b`, { recursive: true });
    fs.symlinkSync(`${root}/keep`, `${root}/tree/a/link`);
    fs.writeFileSync(Buffer.concat([Buffer.from(`${root}/tree/`), Buffer.of(255)]), "");
    fs.symlinkSync("keep", `${root}/link`);
    await system.removeTree(`${root}/tree`);
    await system.removeTree(`${root}/link`);
    expect(fs.readdirSync(root)).toEqual(["keep"]);
    expect(fs.readdirSync(`${root}/keep`)).toEqual(["f"]);
  });

  test("a tree deeper than files may be open is removed with few of them", async () => {
    const { system, root } = realSystem();
    const deep = "/d".repeat(60);
    fs.mkdirSync(`${root}/tree${deep}`, { recursive: true });
    for (let depth = 0; depth <= 60; depth += 7) fs.writeFileSync(`${root}/tree${"/d".repeat(depth)}/f`, "");
    let most = 0;
    const open = fs.readdirSync("/proc/self/fd").length;
    const removal = system.removeTree(`${root}/tree`);
    most = Math.max(most, fs.readdirSync("/proc/self/fd").length - open);
    await removal;
    expect(fs.readdirSync(root)).toEqual([]);
    expect(most).toBeLessThan(14);
  });

  test("the system's own directories are refused, also by another way to them", async () => {
    const { system, root } = realSystem();
    fs.symlinkSync("/", `${root}/slash`);
    for (const path of ["/", "/etc", "/usr/bin", "/var/lib", `${root}/slash/etc`]) {
      expect(await failure(system.removeTree(path))).toMatchObject({ code: "E_REFUSED" });
    }
  });

  test("directories that were touched are synced, also when they are gone by then", async () => {
    const root = temporaryDirectory();
    const host = openHost({ mode: "apply" });
    const system = host.writer({ signal });
    system.mkdir(`${root}/d`, {});
    system.symlink("x", `${root}/d/l`);
    await system.removeTree(`${root}/d`);
    await host.syncDirectories();
    await host.syncDirectories();
    expect(fs.readdirSync(root)).toEqual([]);
  });
});

async function* pieces(...texts: readonly string[]): AsyncIterable<Uint8Array> {
  for (const text of texts) {
    await Promise.resolve();
    yield bytes(text);
  }
}

function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => "no error",
    (error: unknown) => error,
  );
}
