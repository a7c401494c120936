import { describe, expect, test } from "bun:test";
import * as fs from "node:fs";
import { digestOf } from "../../../src/base/digest.ts";
import { openHost, type Host } from "../../../src/system/host.ts";
import type { System } from "../../../src/system/system.ts";
import { FakeSystem } from "../../support/fake-system.ts";
import { temporaryDirectory } from "../../support/temp.ts";
import { treeDigest } from "../../support/tree-digest.ts";

const signal = new AbortController().signal;
const bytes = (text: string): Uint8Array => Buffer.from(text);
const key = bytes("key");

function plan(): { host: Host; system: System; root: string } {
  const host = openHost({ mode: "plan", key });
  return { host, system: host.writer({ signal }), root: temporaryDirectory() };
}

test("what one call writes the next reads, through links to directories too, and nothing is written", async () => {
  const { host, system, root } = plan();
  fs.mkdirSync(`${root}/real`);
  fs.writeFileSync(`${root}/real/old`, "old");
  fs.symlinkSync("real", `${root}/link`);
  const before = treeDigest(root, { times: true });
  await system.writeFile(`${root}/link/new`, bytes("new"), { mode: 0o640 });
  const reader = host.reader({ signal });
  expect(reader.realPath(`${root}/link/new`)).toBe(`${root}/real/new`);
  expect(reader.list(`${root}/real`)).toEqual(["new", "old"]);
  expect(reader.stat(`${root}/real/new`)).toMatchObject({ type: "file", mode: 0o640, size: 3 });
  expect(Buffer.from(reader.readFile(`${root}/real/new`)).toString()).toBe("new");
  expect(reader.digest(`${root}/real/new`)).toBe(digestOf("new"));
  expect(reader.digest(`${root}/real/new`, "keyed:")).toBe(digestOf("new", key));
  expect(Buffer.from(reader.readFile(`${root}/link/old`)).toString()).toBe("old");
  await system.removeTree(`${root}/real`);
  expect(reader.stat(`${root}/link`)).toBeNull();
  expect(treeDigest(root, { times: true })).toBe(before);
});

test("files in memory, below /dev, are files like others", async () => {
  const { system } = plan();
  const path = `/dev/shm/sloth-none-${process.pid}`;
  system.mkdir(path, { mode: 0o700 });
  await system.writeFile(`${path}/f`, bytes("x"), {});
  expect([system.lstat(path)?.type, system.list(path), fs.existsSync(path)]).toEqual(["directory", ["f"], false]);
});

test("contents too large to keep are known by size and digest, and unknown when they are read", async () => {
  const { system, root } = plan();
  const piece = Buffer.alloc(1 << 20, "x");
  const large = (async function* () {
    await Promise.resolve();
    for (let i = 0; i < 9; i++) yield piece;
  })();
  await system.writeFile(`${root}/large`, large, {});
  const whole = Buffer.alloc(9 << 20, "x");
  expect(system.lstat(`${root}/large`)?.size).toBe(whole.length);
  expect(system.digest(`${root}/large`)).toBe(digestOf(whole));
  expect(system.digest(`${root}/large`, "keyed:")).toBe(digestOf(whole, key));
  expect(() => system.readFile(`${root}/large`)).toThrow(expect.objectContaining({ code: "E_UNKNOWN" }));
});

test("contents that are not what was announced fail as they would in a run", async () => {
  const { system, root } = plan();
  const write = system.writeFile(`${root}/f`, bytes("new"), { digest: digestOf("other") });
  expect(await failure(write)).toMatchObject({ code: "E_SOURCE_CHANGED" });
  await system.writeFile(`${root}/f`, bytes("new"), { digest: digestOf("new", key) });
});

describe("what is unknown", () => {
  test("a command is not run: an empty success, and its name is the reason", async () => {
    const { system, root } = plan();
    expect(system.unknownBecause()).toBeUndefined();
    const result = await system.run(["touch", `${root}/made`]);
    expect(result).toEqual({ exitCode: 0, stdout: new Uint8Array(), stderr: new Uint8Array() });
    expect(fs.readdirSync(root)).toEqual([]);
    expect(system.unknownBecause()).toBe(`\`touch ${root}/made\` was not run`);
    await system.run(["true"]);
    expect(system.unknownBecause()).toBe(`\`touch ${root}/made\` was not run, and 1 more`);
  });

  test("a sensitive call's arguments are in no reason", async () => {
    const { host } = plan();
    await host.writer({ signal, sensitive: true }).run(["login", "hunter2"]);
    expect(host.reader({ signal }).unknownBecause()).toBe("`login` was not run");
  });

  test("looking at nothing is still null, reading it is unknown", async () => {
    const { host, system, root } = plan();
    const read = (): unknown => system.readFile(`${root}/none`);
    expect(read).toThrow(expect.objectContaining({ code: "E_NOT_FOUND" }));
    host.noteUnknown("`make install` was not run");
    expect(system.lstat(`${root}/none`)).toBeNull();
    expect(system.realPath(`${root}/none`)).toBeNull();
    for (const ask of [read, () => system.list(`${root}/none`), () => system.readLink(`${root}/none`)]) {
      expect(ask).toThrow(
        expect.objectContaining({
          code: "E_UNKNOWN",
          message: `${root}/none is not there, and \`make install\` was not run`,
        }),
      );
    }
    expect(() => system.digest(`${root}/none`)).toThrow(expect.objectContaining({ code: "E_UNKNOWN" }));
    expect(await failure(system.writeFile(`${root}/no/f`, bytes(""), {}))).toMatchObject({ code: "E_UNKNOWN" });
    expect(await failure(system.query(["no-such-command"]))).toMatchObject({ code: "E_UNKNOWN" });
    expect(await failure(system.writeFile(`${root}/f`, bytes(""), { owner: "nosuch" }))).toMatchObject({
      code: "E_UNKNOWN",
    });
  });

  test("predictions of other kinds are kept by kind and name, and are a reason", () => {
    const { host, system } = plan();
    expect(system.predicted("package", "nginx")).toBeUndefined();
    host.predict("package", "nginx", { version: "1.0" });
    host.predict("package", "apache2", null);
    expect(system.predicted("package", "nginx")).toEqual({ version: "1.0" });
    expect(system.predicted("package", "apache2")).toBeNull();
    expect(system.unknownBecause()).toBe("package nginx is only predicted, and 1 more");
  });
});

describe("predicted accounts", () => {
  test("own files before they have a number, which comes back as their name", async () => {
    const host = new FakeSystem().asHost("plan");
    const system = host.writer({ signal });
    host.predict("user", "app", { shell: "/bin/sh" });
    await system.writeFile("/etc/f", bytes(""), { owner: "app", group: "app" });
    const { uid, gid } = system.lstat("/etc/f") ?? { uid: 0, gid: 0 };
    expect([system.userName(uid), system.groupName(gid)]).toEqual(["app", "app"]);
    expect([system.userId("app"), system.groupId("app")]).toEqual([uid, gid]);
  });

  test("have the number they are to have", () => {
    const { host, system } = plan();
    host.predict("group", "web", { gid: 4711 });
    expect([system.groupId("web"), system.groupName(4711)]).toEqual([4711, "web"]);
  });

  test("that are removed are not there any more", () => {
    const { host, system } = plan();
    host.predict("user", "nobody", null);
    expect(system.userId("nobody")).toBeNull();
  });
});

test("what no declaration may remove is refused in plan as well", async () => {
  const { system } = plan();
  expect(await failure(system.removeTree("/etc"))).toMatchObject({ code: "E_REFUSED" });
});

test("the kernel's own trees are asked, not copied", async () => {
  const { system, root } = plan();
  await system.writeFile(`${root}/f`, bytes(""), {});
  expect(system.stat("/proc/self/exe")?.type).toBe("file");
  expect(system.readFile("/proc/self/status").length).toBeGreaterThan(0);
});

function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => "no error",
    (error: unknown) => error,
  );
}
