import { describe, expect, test } from "bun:test";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { digestOf } from "../../src/base/digest.ts";
import { runLine } from "../support/command-line.ts";
import { counts, head, intent, row } from "../store/samples.ts";
import { scratch, storeAt } from "../store/scratch.ts";

/** Runs lines against one database of the test's own. */
function lines(db = join(scratch(), "stacks.db")) {
  const run = (line: string, stdin?: string) => runLine([...line.split(" "), "--db", db], { stdin });
  const document = async (line: string): Promise<unknown> => JSON.parse((await run(`${line} --output json`)).stdout);
  return { db, run, document };
}

/** A stack `web` with one run that made `/a`, replacing a text. */
async function madeRun(db: string): Promise<void> {
  const web = (await storeAt(db)).create("web");
  const journal = web.beginRun({ ...head, sudoUser: "ben" });
  const kept = (text: string) => ({ digest: digestOf(text), bytes: Buffer.from(text) });
  journal.taskStarted("main", 1);
  const id = journal.intend(
    intent("/a", { before: { mode: "0600" }, beforeContents: kept("one\ntwo\n"), action: "update" }),
  );
  const changes = [{ property: "mode", from: "0600", to: "0644" }];
  journal.done(id, {
    outcome: "update",
    changes,
    after: {},
    afterContents: kept("one\nthree\n"),
    row: row("/a", { state: "drift" }),
    durationMs: 1,
  });
  web.record.save(row("gone", { state: "removed" }));
  web.record.setOutput("url", "https://example.com");
  journal.taskEnded("main", "ok", undefined, []);
  journal.end({ status: "ok", counts: { ...counts, updated: 1 } });
}

describe("the guide's commands", () => {
  test("work as written", async () => {
    const { run } = lines();
    for (const [line, stdout] of [
      ["stack new my-infrastructure", /^created stack my-infrastructure\n$/],
      ["stack list", /my-infrastructure/],
      ["stack show my-infrastructure", /Status: +new/],
      ["stack export my-infrastructure", /"name":"my-infrastructure"/],
      ["stack resources my-infrastructure", /^no resources\n$/],
      ["stack resources my-infrastructure --state drift", /^no resources\n$/],
      ["state set key value", /^$/],
      ["state get key", /^value\n$/],
      ["state list", /key +value/],
      ["state stats", /Keys: +1/],
      ["state delete key", /^$/],
      ["stack delete my-infrastructure", /deleted the record/],
    ] as const) {
      const ran = await run(line);
      expect(ran).toMatchObject({ code: 0, stderr: "" });
      expect(ran.stdout).toMatch(stdout);
    }
  });
});

describe("where there is no database yet", () => {
  test("looking makes none, and says so", async () => {
    const { db, run, document } = lines();
    expect(await document("stack list")).toEqual({ database: db, exists: false, stacks: [] });
    expect((await run("stack list")).stdout).toBe(`no stacks: ${db} is not there yet\n`);
    expect((await run("state list")).stdout).toBe("no keys\n");
    expect(await run("stack show web")).toMatchObject({ code: 1, stdout: "" });
    expect((await run("stack show web")).stderr).toContain(`there is no stack web: ${db} is not there yet`);
    expect(await run("stack delete web")).toMatchObject({ code: 1, stdout: "" });
    expect(await run("stack new a/b")).toMatchObject({ code: 64, stdout: "" });
    expect((await run("stack doctor")).stdout).toBe(`there is no database at ${db} yet\n`);
    expect(existsSync(db)).toBe(false);
  });
});

describe("a database in a directory that is not there", () => {
  const missing = () => join(scratch(), "none", "stacks.db");

  test.each([
    "stack list",
    "stack show web",
    "stack new web",
    "stack import -",
    "stack drift web",
    "stack doctor",
    "state list",
    "state set key value",
  ])("%s is refused, and nothing is made", async (line) => {
    const db = missing();
    const ran = await lines(db).run(line);
    expect(ran).toMatchObject({ code: 73, stdout: "" });
    expect(ran.stderr).toContain(`the database ${db} is in a directory that is not there; name another with --db`);
    expect(existsSync(dirname(db))).toBe(false);
  });

  test("is made with --create, by what makes stacks", async () => {
    const db = missing();
    expect(await lines(db).run("stack new web --create")).toMatchObject({ code: 0 });
    expect(statSync(dirname(db)).mode & 0o777).toBe(0o700);
    expect(await lines(db).run("state set key value --create")).toMatchObject({ code: 64 });
  });

  test("is refused to a run and a plan before anything is done, and made with --create", async () => {
    const [db, here] = [missing(), scratch()];
    writeFileSync(join(here, "w.lua"), `file_ops.copy{ content = "x", dest = "${here}/x" }`);
    for (const verb of ["run", "plan"])
      expect(await lines(db).run(`${verb} ${here}/w.lua`)).toMatchObject({ code: 73, stdout: "" });
    expect(existsSync(join(here, "x"))).toBe(false);
    expect(await lines(db).run(`plan ${here}/w.lua --create`)).toMatchObject({ code: 0 });
    expect(existsSync(dirname(db))).toBe(false);
    expect(await lines(db).run(`run ${here}/w.lua --create`)).toMatchObject({ code: 0 });
  });
});

test("the stack of a workflow that names none is told at its first run", async () => {
  const here = scratch();
  const { run } = lines(join(here, "s.db"));
  writeFileSync(join(here, "w.lua"), `file_ops.copy{ content = "x", dest = "${here}/x" }`);
  expect((await run(`run ${here}/w.lua`)).stderr).toMatch(
    /this workflow has no name, so its record is the stack w-[0-9a-f]{8}; /,
  );
  expect((await run(`run ${here}/w.lua`)).stderr).toBe("");
  expect((await run(`run ${here}/w.lua --stack other`)).stderr).toBe("");
});

describe("names of stacks", () => {
  test.each(["a/b", "a\nb", ".a", "-", "a b", "x".repeat(129), "ü"])("%p is refused with the rule", async (name) => {
    const db = join(scratch(), "stacks.db");
    const ran = await runLine(["stack", "new", "--db", db, "--", name]);
    expect(ran).toMatchObject({ code: 64, stdout: "" });
    expect(ran.stderr).toContain("1 to 128 letters, digits");
  });

  test("a close one is named", async () => {
    const { run } = lines();
    await run("stack new web");
    expect((await run("stack show wbe")).stderr).toContain("did you mean 'web'?");
    expect(await run("stack new web")).toMatchObject({ code: 1, stdout: "" });
  });
});

describe("a stack with a run", () => {
  test("is shown as it is now", async () => {
    const { db, run, document } = lines();
    await madeRun(db);
    expect(await document("stack show web")).toMatchObject({
      name: "web",
      status: "ok",
      version: 1,
      resources: { drift: 1, removed: 1 },
      unsettled: 1,
      locked_by: null,
      last_run: { number: 1, status: "ok", sudo_user: "ben", script_digest: "sha256:00" },
      outputs: { url: "https://example.com" },
    });
    const { stdout } = await run("stack show web");
    expect(stdout).toMatch(
      /Resources: +1 drift, 1 removed\nUnsettled: +1\nLast run: +1: ok, run site.lua, by ben as ana@build-3/,
    );
    expect((await run("stack outputs web url")).stdout).toBe("https://example.com\n");
    expect(await run("stack outputs web ulr")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("did you mean 'url'?"),
    });
  });

  test("lists its resources as a workflow sees them, what was removed only when asked", async () => {
    const { db, run, document } = lines();
    await madeRun(db);
    const resource = {
      type: "file",
      name: "/a",
      module: "file_ops.copy",
      state: "drift",
      properties: { mode: "0644" },
      run_id: 1,
    };
    expect(await document("stack resources web --state drift")).toMatchObject({ stack: "web", resources: [resource] });
    expect((await run("stack resources web")).stdout).toMatch(
      /^RESOURCE.*\nfile:\/a +drift +file_ops.copy +main +2026-01-02 03:04:05 UTC\n$/,
    );
    expect(await document("stack resources web --state removed")).toMatchObject({ resources: [{ name: "gone" }] });
    expect(await run("stack resources web --state drifted")).toMatchObject({ code: 64 });
  });

  test("tells its history, each change with before and after", async () => {
    const { db, run, document } = lines();
    await madeRun(db);
    expect((await run("stack history web")).stdout).toMatch(/\n1 +ok +.* +ben as ana +build-3 +site.lua +1 updated\n$/);
    const shown = (await run("stack history web 1 --diff")).stdout;
    expect(shown).toContain(
      "  ~ file:/a (file_ops.copy, site.lua:14): update, not delivered to all who depend on it\n",
    );
    expect(shown).toContain(`mode: 0600 -> 0644\n`);
    expect(shown).toContain("-two\n+three\n");
    expect(await document("stack history web 1")).toMatchObject({
      run: { number: 1, changes: [{ address: "file:/a", before_digest: digestOf("one\ntwo\n") }] },
    });
    expect(await run("stack history web 2")).toMatchObject({ code: 1 });
    expect(await run("stack history web two")).toMatchObject({ code: 64 });
    expect(await run("stack history web --keep 3")).toMatchObject({ code: 64 });
    expect((await run("stack history web --prune --keep 3")).stdout).toBe("removed 0 runs\n");
  });

  test("forgets what it is told, all of it or nothing", async () => {
    const { db, run, document } = lines();
    await madeRun(db);
    expect(await run("stack forget web file:/a file:/b")).toMatchObject({ code: 1, stdout: "" });
    expect(await document("stack resources web")).toMatchObject({ resources: [{ name: "/a" }] });
    expect((await run("stack forget web file:/a")).stdout).toBe("forgot file:/a\n");
    expect(await document("stack resources web")).toMatchObject({ resources: [] });
  });

  test("is deleted when somebody says so, after what is in it was told", async () => {
    const { db, run } = lines();
    await madeRun(db);
    const told = "the record of web would be deleted: 1 resource, 1 run; on the machines everything stays\n";
    expect(await run("stack delete web --dry-run")).toMatchObject({ code: 0, stdout: told });
    expect(await run("stack delete web")).toMatchObject({ code: 64, stderr: expect.stringContaining("--yes") });
    const asked = (types: string) => runLine(["stack", "delete", "web", "--db", db], { types });
    expect(await asked("n")).toEqual({ code: 1, stdout: told, stderr: "Delete the record of web? [y/N] " });
    expect((await run("stack list")).stdout).toMatch(/^web .*\n1 stack in \/.*\/stacks\.db\n$/m);
    expect(await asked("y")).toMatchObject({ code: 0, stdout: expect.stringContaining("an export of it is /") });
    expect((await run("stack list")).stdout).toBe(`no stacks in ${db}\n`);
  });

  test("goes and comes back", async () => {
    const { db, run } = lines();
    await madeRun(db);
    const exported = (await run("stack export web")).stdout;
    const deleted = (await run("stack delete web --yes")).stdout;
    const file = /is (\/.*\.json)\n$/.exec(deleted)?.[1] ?? "";
    expect((await run(`stack import ${file}`)).stdout).toBe("imported stack web\n");
    expect((await run("stack export web")).stdout).toBe(exported);
    expect(await run(`stack import ${file}`)).toMatchObject({ code: 1, stdout: "" });
    expect(await lines().run("stack import - --as copy", exported)).toMatchObject({
      code: 0,
      stdout: "imported stack copy\n",
    });
    expect(await lines().run("stack import -", exported.slice(0, 90))).toMatchObject({ code: 65, stdout: "" });
  });

  test("is left alone while a run holds it", async () => {
    const { db, run } = lines();
    const store = await storeAt(db);
    using lock = await store.create("web").takeLock(0, new AbortController().signal);
    for (const line of [
      "stack delete web --yes",
      "stack rename web db",
      "stack forget web file:/a",
      "stack history web --prune",
    ])
      expect(await run(line)).toMatchObject({ code: 75, stdout: "" });
    expect((await run("stack show web")).stdout).toMatch(/Locked by: +.*\(test, pid \d+, since /);
    expect(lock).toBeDefined();
  });

  test("is waited for by everything that says how", async () => {
    const { db, run } = lines();
    const store = await storeAt(db);
    const lock = await store.create("web").takeLock(0, new AbortController().signal);
    const commands = [
      "stack forget web file:/none",
      "stack history web --prune",
      "stack drift web --fix --yes",
      "stack destroy web --yes",
      "stack rollback web --to 1 --yes",
      "stack rename web db",
      "stack delete db --yes",
    ];
    expect((await run("stack delete web")).stderr).toContain("wait for it with --lock-timeout 5m");
    const waiting = run(`${commands[0]} --lock-timeout 5m`);
    lock[Symbol.dispose]();
    expect(await waiting).toMatchObject({ code: 1, stderr: expect.stringContaining("is not in the record") });
    for (const line of commands) expect((await run(`${line} --lock-timeout 5m`)).code).not.toBe(64);
  });
});

describe("doctor", () => {
  test("restores a backup only when it is told to, and sets aside what was there", async () => {
    const { db, run } = lines();
    await run("stack new web");
    const backup = join(scratch(), "backup.db");
    expect(await run(`stack doctor --backup ${backup}`)).toMatchObject({ code: 0 });
    writeFileSync(db, "no longer a database ".repeat(300));
    expect(await run("stack doctor")).toMatchObject({ code: 73, stdout: "" });
    expect((await run("stack doctor")).stderr).toContain("--restore");
    expect(await run(`stack doctor --restore ${backup}`)).toMatchObject({ code: 64 });
    const restored = await run(`stack doctor --restore ${backup} --yes`);
    expect(restored.stdout).toMatch(/what was there is now .*stacks\.db\.aside-\d+T\d+Z\n$/);
    expect((await run("stack list")).stdout).toContain("web");
  });

  test("ends with 1 when something cannot be relied on", async () => {
    const { db, run } = lines();
    await madeRun(db);
    const { Database } = await import("bun:sqlite");
    using raw = new Database(db, { readwrite: true });
    raw.run("UPDATE runs SET user = 'eve'");
    expect(await run("stack doctor")).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/problem +history +web, run 1/),
    });
    expect(await run("stack verify web")).toMatchObject({
      code: 1,
      stdout: "web, run 1: it is not what was recorded when it ended\n",
    });
  });
});

describe("config", () => {
  test("is what --set would be, and tables are merged", async () => {
    const { run, document } = lines();
    await run("stack new web");
    for (const line of ["db.port 5432", "db.name shop", "version 1.10", 'list [1,{"a":true}] --json'])
      expect(await run(`stack config set web ${line}`)).toMatchObject({ code: 0, stdout: "" });
    const config = { db: { name: "shop", port: 5432 }, list: [1, { a: true }], version: "1.10" };
    expect(await document("stack config list web")).toEqual({ stack: "web", config });
    expect(await run("stack config set web a..b 1")).toMatchObject({ code: 64 });
    expect(await run("stack config set web a {x --json")).toMatchObject({ code: 64 });
    expect(await run("stack config get web vesion")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("did you mean 'version'?"),
    });
    expect(await run("stack config delete web db")).toMatchObject({ code: 0 });
    expect(await run("stack config delete web db")).toMatchObject({ code: 1 });
  });
});

describe("state", () => {
  test("keeps text as it is typed, and other data when it is said", async () => {
    const { db, run, document } = lines();
    for (const [typed, printed] of [
      ["007", "007"],
      ["true", "true"],
      ["1e3", "1e3"],
      [`{"a":1}`, `{"a":1}`],
    ]) {
      await run(`state set k ${typed}`);
      expect((await run("state get k")).stdout).toBe(`${printed}\n`);
      expect(await document("state get k")).toEqual({ key: "k", value: typed });
    }
    await run(`state set k [1,9007199254740993] --json`);
    expect((await storeAt(db)).shared.get("k")).toEqual([1, 9007199254740993n]);
    expect(await runLine(["state", "set", "empty", "", "--db", db])).toMatchObject({ code: 0 });
    expect((await run("state get empty")).stdout).toBe("\n");
  });

  test("says when there is no such key, with the closest one", async () => {
    const { run } = lines();
    expect(await run("state get key")).toMatchObject({
      code: 1,
      stdout: "",
      stderr: "sloth-runner: there is no key key\n",
    });
    await run("state set key value");
    expect((await run("state get kye")).stderr).toContain("did you mean 'key'?");
    expect(await run("state delete other")).toMatchObject({ code: 1, stdout: "" });
  });

  test("is a stack's own with --stack, which has to be there", async () => {
    const { run, document } = lines();
    expect(await run("state set k 1 --stack web")).toMatchObject({ code: 1 });
    await run("stack new web");
    await run("state set k own --stack web --ttl 1h");
    await run("state set k shared");
    expect([(await run("state get k --stack web")).stdout, (await run("state get k")).stdout]).toEqual([
      "own\n",
      "shared\n",
    ]);
    expect(await document("state list --stack web")).toMatchObject({
      keys: [{ key: "k", value: "own", expires_at: expect.stringMatching(/Z$/) }],
    });
    expect(await document("state list k")).toEqual({ keys: [{ key: "k", value: "shared", expires_at: null }] });
    expect(await run("state set k v --ttl soon")).toMatchObject({ code: 64 });
  });
});
