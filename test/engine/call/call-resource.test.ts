import { describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Secret } from "../../../src/base/value.ts";
import { callResource } from "../../../src/engine/call/call-resource.ts";
import { typesOf } from "../../../src/engine/undo/find-drift.ts";
import type { AnyResource } from "../../../src/engine/resource.ts";
import { fileOps } from "../../../src/modules/file_ops/index.ts";
import { beginTestRun } from "../../support/engine.ts";
import { temporaryDirectory } from "../../support/temp.ts";
import { messageOf } from "../../support/thrown.ts";

const types = typesOf([fileOps]);
function type(name: string): AnyResource {
  const found = types.get(name);
  if (found === undefined) throw new Error(`no type ${name}`);
  return found;
}
const copy = type("file_ops.copy");
const attributes = { dest: "", content: "hello\n", mode: "0640" };

test("a call of many resources hears who stops it", async () => {
  const root = temporaryDirectory();
  mkdirSync(join(root, "src"));
  for (let i = 0; i < 3000; i++) writeFileSync(join(root, "src", String(i)), String(i));
  const began = await beginTestRun(root);
  const stopping = new AbortController();
  setImmediate(() => stopping.abort(new Error("enough")));
  const call = {
    location: { file: "site.lua", line: 1 },
    scope: { task: "main", host: "local", signal: stopping.signal },
  };
  const props = { src: `${root}/src/`, dest: join(root, "dest") };
  expect(await messageOf(callResource(began.context, copy, props, call))).toContain("enough");
  expect(readdirSync(join(root, "dest")).length).toBeLessThan(3000);
  began.end();
});

describe("a resource that differs", () => {
  test("is created, then found right, then put back after a change by hand, with the cause", async () => {
    const root = temporaryDirectory();
    const props = { ...attributes, dest: join(root, "a.conf") };
    const first = await beginTestRun(root);
    expect(await first.declare(copy, props)).toMatchObject({
      changed: true,
      action: "create",
      type: "file_ops.copy",
      name: props.dest,
    });
    expect(readFileSync(props.dest, "utf8")).toBe("hello\n");
    expect(statSync(props.dest).mode & 0o777).toBe(0o640);
    first.end();

    const second = await beginTestRun(root);
    // The change of the first run was never settled: no task ended.
    expect(await second.declare(copy, props)).toMatchObject({ action: "none", changed: true, carried: true });
    await second.journal?.taskEnded("main", "ok", undefined, second.context.latch.taskSucceeded("main"));
    second.end();

    const third = await beginTestRun(root);
    expect(await third.declare(copy, props)).toMatchObject({
      changed: false,
      action: "none",
      changes: [],
      carried: false,
    });
    third.end();

    chmodSync(props.dest, 0o600);
    const fourth = await beginTestRun(root);
    expect(await fourth.declare(copy, props)).toMatchObject({
      action: "update",
      changes: [{ property: "mode", from: "0600", to: "0640" }],
    });
    expect(fourth.events.find((event) => event.type === "resource_done")).toMatchObject({ cause: "drift" });
    expect(await fourth.declare(copy, props)).toMatchObject({ changed: false });
    fourth.end();
  });

  test("because the workflow asks for something else, says so, with both texts", async () => {
    const root = temporaryDirectory();
    const dest = join(root, "a.conf");
    const first = await beginTestRun(root);
    await first.declare(copy, { dest, content: "one\n" });
    first.end();
    const second = await beginTestRun(root);
    await second.declare(copy, { dest, content: "two\n" });
    expect(second.events.find((event) => event.type === "resource_done")).toMatchObject({
      cause: "workflow",
      text: { before: "one\n", after: "two\n" },
    });
    second.end();
  });
});

describe("the record", () => {
  test("holds what was stated, who made it and that it was there before", async () => {
    const root = temporaryDirectory();
    const [made, adopted] = [join(root, "made"), join(root, "adopted")];
    writeFileSync(adopted, "x");
    const run = await beginTestRun(root);
    await run.declare(copy, { dest: made, content: "x", mode: "0600" });
    await run.declare(copy, { dest: adopted, content: "x" });
    await run.journal?.flush();
    const find = (name: string) => run.context.record.find("module", { host: "local", kind: "file", name });
    expect(find(made)).toMatchObject({
      state: "applied",
      adopted: false,
      module: "file_ops.copy",
      properties: { mode: "0600" },
    });
    expect(find(adopted)).toMatchObject({ state: "applied", adopted: true });
    run.end();
  });

  test("merges several declarations of one address by property", async () => {
    const root = temporaryDirectory();
    const dest = join(root, "a");
    const run = await beginTestRun(root);
    await run.declare(copy, { dest, content: "x", mode: "0600" });
    await run.declare(copy, { dest, content: "x", mode: "0644" });
    await run.journal?.flush();
    const row = run.context.record.find("module", { host: "local", kind: "file", name: dest });
    expect(row?.properties).toMatchObject({ mode: "0644" });
    expect(row?.declarations).toHaveLength(2);
    run.end();
  });

  test("keeps of a sensitive resource keyed digests only", async () => {
    const root = temporaryDirectory();
    const dest = join(root, "a");
    const run = await beginTestRun(root);
    const content = new Secret(new TextEncoder().encode("hunter2-hunter2"), "test");
    const outcome = await run.declare(copy, { dest, content, mode: "0600" });
    run.end();
    expect(readFileSync(dest, "utf8")).toBe("hunter2-hunter2");
    const told = JSON.stringify([outcome, run.events]);
    expect(told).not.toContain("hunter2");
    expect(told).not.toContain(new Bun.CryptoHasher("sha256").update("hunter2-hunter2").digest("hex"));
    const database = ["stacks.db", "stacks.db-wal"].map((name) => join(root, name)).filter((path) => existsSync(path));
    for (const path of database) expect(readFileSync(path).includes("hunter2")).toBe(false);
    const again = await beginTestRun(root);
    expect(await again.declare(copy, { dest, content, mode: "0600" })).toMatchObject({ action: "none" });
    again.end();
  });
});

test("what a secret call wrote is not kept by a later call on the same file", async () => {
  const root = temporaryDirectory();
  const path = join(root, "app.conf");
  writeFileSync(path, "a=1\n");
  const run = await beginTestRun(root);
  const line = new Secret(new TextEncoder().encode("password=hunter2-hunter2"), "test");
  await run.declare(type("file_ops.lineinfile"), { path, line, regexp: "^password=" });
  await run.declare(type("file_ops.blockinfile"), { path, block: "b=2" });
  await run.declare(type("file_ops.lineinfile"), { path, line: "plain-literal-x", sensitive: true });
  await run.declare(type("file_ops.blockinfile"), { path, block: "b=3" });
  run.end();
  expect(readFileSync(path, "utf8")).toContain("hunter2");
  expect(JSON.stringify(run.events)).not.toMatch(/hunter2|plain-literal-x/);
  const { Database } = await import("bun:sqlite");
  using database = new Database(join(root, "stacks.db"), { readonly: true });
  expect(database.query("SELECT count(*) AS kept FROM contents").get()).toEqual({ kept: 0 });
  for (const name of ["stacks.db", "stacks.db-wal"]) {
    const file = join(root, name);
    if (existsSync(file)) expect(readFileSync(file).toString("latin1")).not.toMatch(/hunter2|plain-literal-x/);
  }
});

test("two different contents for one file in one run are an error that names both lines", async () => {
  const root = temporaryDirectory();
  const dest = join(root, "a");
  const run = await beginTestRun(root);
  await run.declare(copy, { dest, content: "one" }, { line: 3 });
  await run.declare(copy, { dest, content: "one" }, { line: 4 });
  const second = run.declare(copy, { dest, content: "two" }, { line: 9 });
  expect(String(await second.catch((error: unknown) => error))).toMatch(
    /^site\.lua:9: file_ops\.copy: .* than at site\.lua:4; declare it once$/,
  );
  expect(readFileSync(dest, "utf8")).toBe("one");
  run.end();
});

test("unknown fields, mistyped ones and secrets where none may be are refused in the user's words", async () => {
  const run = await beginTestRun(temporaryDirectory());
  const said = async (props: object): Promise<string> => {
    try {
      await run.declare(copy, props as never, { line: 14 });
      return "accepted";
    } catch (error) {
      return String(error);
    }
  };
  expect(await said({ src: "a", dst: "/b" })).toBe(
    "site.lua:14: file_ops.copy: unknown field 'dst'; did you mean 'dest'?",
  );
  expect(await said({ dest: "/b", content: "", mode: 644 })).toContain("'mode' is number 644");
  expect(await said({ dest: "/b", content: "", sensitive: "yes" })).toContain("'sensitive' must be true or false");
  run.end();
});
