import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { StackLockedError } from "../../../src/base/errors.ts";
import { locksDirectory } from "../../../src/store/sqlite/beside.ts";
import { scratch, storeAt } from "../scratch.ts";

const never = new AbortController().signal;
const source = join(import.meta.dir, "../../../src/store/sqlite/store.ts");

/** A process that opens the store, runs `body` with `store`, `web` and `never`, and says what it prints. */
function contender(path: string, body: string) {
  const script = `
    import { openSqlite } from ${JSON.stringify(source)};
    using store = await openSqlite({ path: ${JSON.stringify(path)}, mode: "write", command: "run site.lua" });
    const web = store.ensure("web"), never = new AbortController().signal;
    ${body}`;
  return Bun.spawn([process.execPath, "-e", script], { stdout: "pipe", stderr: "pipe" });
}

async function firstLine(child: ReturnType<typeof contender>): Promise<string> {
  for await (const chunk of child.stdout) return Buffer.from(chunk).toString().trim();
  return new Response(child.stderr).text();
}

describe("a stack's lock", () => {
  test("keeps others out, and names who holds it", async () => {
    const store = await storeAt();
    const web = store.create("web");
    const held = await web.takeLock(0, never);
    expect(web.lockedBy()).toMatchObject({ pid: process.pid, command: "test" });
    const error: unknown = await web.takeLock(0, never).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StackLockedError);
    expect(String(error)).toMatch(new RegExp(`web: locked by .*@.* \\(test, pid ${process.pid}, since 20`));
    using other = await store.create("db").takeLock(0, never);
    held[Symbol.dispose]();
    held[Symbol.dispose]();
    expect(web.lockedBy()).toBeNull();
    using again = await web.takeLock(0, never);
    expect([again, other].every((lock) => lock !== null)).toBe(true);
  });

  test("is waited for, and the wait ends when it is called off", async () => {
    const store = await storeAt();
    const web = store.create("web");
    const held = await web.takeLock(0, never);
    const waiting = web.takeLock(60_000, never);
    const stopped = web.takeLock(60_000, AbortSignal.timeout(30)).catch((reason: unknown) => reason);
    expect(await stopped).toMatchObject({ name: "TimeoutError" });
    held[Symbol.dispose]();
    using got = await waiting;
    expect(got).toBeDefined();
  });

  test("twenty processes have it one after another, none at the same time", async () => {
    const path = join(scratch(), "stacks.db");
    await storeAt(path);
    const body = `
      using lock = await web.takeLock(60_000, never);
      const inside = web.state.increment("inside", 1);
      if (inside !== 1) console.log("not alone: " + inside);
      await Bun.sleep(2);
      web.state.increment("inside", -1);
      web.state.increment("done", 1);`;
    const children = Array.from({ length: 20 }, () => contender(path, body));
    const said = await Promise.all(
      children.flatMap((child) => [new Response(child.stdout).text(), new Response(child.stderr).text()]),
    );
    expect(said.join("")).toBe("");
    const store = await storeAt(path);
    expect(store.mustFind("web").state.get("done")).toBe(20);
    expect(readdirSync(locksDirectory(path))).toEqual([]);
  }, 120_000);

  test("is let go by the death of its holder, at once and however it dies", async () => {
    const store = await storeAt();
    const web = store.create("web");
    const child = contender(
      store.place,
      `using lock = await web.takeLock(0, never); console.log("held"); await Bun.sleep(60_000);`,
    );
    expect(await firstLine(child)).toBe("held");
    const error: unknown = await web.takeLock(0, never).catch((reason: unknown) => reason);
    expect(String(error)).toContain(`(run site.lua, pid ${child.pid}, since`);
    child.kill("SIGKILL");
    await child.exited;
    expect(web.lockedBy()).toBeNull();
    using lock = await web.takeLock(0, never);
    expect(web.lockedBy()?.pid).toBe(process.pid);
    expect(lock).toBeDefined();
  });
});

describe("a lock on a name of the state", () => {
  test("is one for each name and scope", async () => {
    const store = await storeAt();
    const web = store.create("web");
    using deploy = await web.state.lock("deploy", 0, never);
    using shared = await store.shared.lock("deploy", 0, never);
    using other = await web.state.lock("other", 0, never);
    expect([deploy, shared, other].length).toBe(3);
    const error: unknown = await web.state.lock("deploy", 20, never).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "E_STATE_LOCKED" });
    expect(String(error)).toContain("deploy");
  });
});
