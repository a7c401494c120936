import { describe, expect, setSystemTime, test } from "bun:test";
import fc from "fast-check";
import { encodeValue, type Value } from "../../../src/base/value.ts";
import { openSqlite } from "../../../src/store/sqlite/store.ts";
import { storeAt } from "../scratch.ts";

const integers = fc.oneof(fc.maxSafeInteger(), fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }));
const values = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constant(null),
    fc.boolean(),
    integers,
    fc.double({ noNaN: true }).filter((number) => !Object.is(number, -0)),
    fc.string({ unit: "binary" }),
    fc.uint8Array().map((bytes) => new Uint8Array(bytes)),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.string(), fc.constantFrom("$int", "$object", "$bytes", "__proto__")), tie("value"), {
      maxKeys: 4,
    }),
  ),
})).value;

describe("keys and values", () => {
  test("any data comes back as it went in", async () => {
    const { shared } = await storeAt();
    fc.assert(
      fc.property(values, (value) => {
        shared.set("key", value);
        expect(encodeValue(shared.get("key") ?? null)).toBe(encodeValue(value));
        shared.set("key", shared.get("key") ?? null);
        expect(encodeValue(shared.get("key") ?? null)).toBe(encodeValue(value));
      }),
      { numRuns: 300 },
    );
  });

  test("any key names one value, and the list has each once, by its bytes", async () => {
    const { shared } = await storeAt();
    const keys = ["a", "a\0b", "a\0", "\udcff", "ü", "%_", "A", "a/b", "😀"];
    for (const [index, key] of keys.entries()) shared.set(key, index);
    for (const [index, key] of keys.entries()) expect(shared.get(key)).toBe(index);
    const listed = shared.list().map(({ key }) => key);
    expect(listed.toSorted()).toEqual(keys.toSorted());
    expect(shared.list("a").map(({ key }) => key)).toEqual(["a", "a\0", "a\0b", "a/b"]);
    expect(shared.list("%").map(({ key }) => key)).toEqual(["%_"]);
  });

  test("a stack's own and the shared ones do not meet, and go with the stack", async () => {
    const store = await storeAt();
    const [web, db] = [store.create("web").state, store.create("db").state];
    web.set("k", 1);
    store.shared.set("k", 2);
    expect([web.get("k"), db.get("k"), store.shared.get("k")]).toEqual([1, undefined, 2]);
    expect([web.delete("k"), web.delete("k"), store.shared.get("k")]).toEqual([true, false, 2]);
  });

  test("null is a value and not an absence", async () => {
    const { shared } = await storeAt();
    shared.set("k", null);
    expect([shared.get("k"), shared.get("other")]).toEqual([null, undefined]);
    expect([shared.compareSwap("k", undefined, 1), shared.compareSwap("k", null, 1), shared.get("k")]).toEqual([
      false,
      true,
      1,
    ]);
  });

  test("compare and swap sets what equals, and undefined is only what is absent", async () => {
    const { shared } = await storeAt();
    expect([shared.compareSwap("k", undefined, { a: [1] }), shared.compareSwap("k", undefined, 2)]).toEqual([
      true,
      false,
    ]);
    expect([shared.compareSwap("k", { a: [2] }, 3), shared.compareSwap("k", { a: [1] }, 3), shared.get("k")]).toEqual([
      false,
      true,
      3,
    ]);
  });

  test("increment counts in 64 bits and changes nothing that is not a whole number", async () => {
    const { shared } = await storeAt();
    expect([shared.increment("n", 5), shared.increment("n", -7), shared.increment("n", 2n ** 62n)]).toEqual([
      5,
      -2,
      2n ** 62n - 2n,
    ]);
    expect(() => shared.increment("n", 2n ** 62n + 2n)).toThrow(/64 bits/);
    expect([shared.increment("n", 2n ** 62n + 1n), shared.get("n")]).toEqual([2n ** 63n - 1n, 2n ** 63n - 1n]);
    shared.set("t", "5");
    for (const by of [1, 0.5]) expect(() => shared.increment(by === 1 ? "t" : "n", by)).toThrow(/whole number/);
    expect(shared.get("t")).toBe("5");
  });

  test("what lives for a time is gone after it, and counting does not prolong it", async () => {
    const store = await storeAt();
    const { shared } = store;
    try {
      setSystemTime(new Date("2030-01-01T00:00:00Z"));
      shared.set("short", 1, 10);
      shared.set("long", 1, 100);
      shared.set("kept", 1);
      shared.increment("short", 1);
      expect(shared.list().map(({ key, expiresAt }) => [key, expiresAt])).toEqual([
        ["kept", null],
        ["long", "2030-01-01T00:01:40.000Z"],
        ["short", "2030-01-01T00:00:10.000Z"],
      ]);
      setSystemTime(new Date("2030-01-01T00:00:10Z"));
      expect([shared.get("short"), shared.list().length, shared.stats().keys]).toEqual([undefined, 2, 2]);
      expect([shared.increment("short", 1), shared.list("short")[0]?.expiresAt]).toEqual([1, null]);
      shared.set("long", 2);
      setSystemTime(new Date("2031-01-01T00:00:00Z"));
      expect(shared.get("long")).toBe(2);
    } finally {
      setSystemTime();
    }
  });

  test("one that lives beyond the year 9999 is there", async () => {
    const { shared } = await storeAt();
    shared.set("k", 1, 3e11);
    expect(shared.get("k")).toBe(1);
    expect(shared.list()[0]?.expiresAt).toBe("9999-12-31T23:59:59.999Z");
  });

  test("refuses what is too long, and times that are none", async () => {
    const { shared } = await storeAt();
    shared.set("ü".repeat(512), 1);
    for (const key of ["", "ü".repeat(513)]) expect(() => shared.set(key, 1)).toThrow(/1 to 1024 bytes/);
    expect(() => shared.set("k", "x".repeat(17 * 1024 * 1024))).toThrow(/16 MiB/);
    for (const ttl of [0, -1, Number.NaN, Infinity]) expect(() => shared.set("k", 1, ttl)).toThrow(/time to live/);
    expect(shared.stats()).toMatchObject({ keys: 1, bytes: 1025 });
  });
});

test("processes that count at once lose nothing", async () => {
  const store = await storeAt();
  const script = `
    import { openSqlite } from ${JSON.stringify(new URL("../../../src/store/sqlite/store.ts", import.meta.url).pathname)};
    using store = await openSqlite({ path: ${JSON.stringify(store.place)}, mode: "write" });
    for (let i = 0; i < 200; i++) store.shared.increment("n", 1);`;
  const children = Array.from({ length: 5 }, () => Bun.spawn([process.execPath, "-e", script], { stderr: "pipe" }));
  expect((await Promise.all(children.map((child) => new Response(child.stderr).text()))).join("")).toBe("");
  expect(store.shared.get("n")).toBe(1000);
}, 120_000);

test("what the program keeps for itself is no user's key, stays, and is not written where the store is only read", async () => {
  const store = await storeAt();
  store.notes().set("k", 1);
  expect(store.shared.list()).toEqual([]);
  const reading = await openSqlite({ path: store.place, mode: "read" });
  reading?.notes().set("k", 2);
  expect(reading?.notes().get("k")).toBe(1);
});
