import { expect, test } from "bun:test";
import fc from "fast-check";
import { planKeyValue } from "../../../src/engine/record/plan-key-value.ts";
import { planRecord } from "../../../src/engine/record/plan-record.ts";
import type { KeyValue, StackRecord } from "../../../src/engine/record/record.ts";
import type { Value } from "../../../src/base/value.ts";
import { SlothError } from "../../../src/base/errors.ts";
import { row } from "../../store/samples.ts";
import { storeAt } from "../../store/scratch.ts";

type Step<T> = (space: T) => unknown;

const key = fc.constantFrom("a", "app.b", "app.é", "app.\u{10000}", "", "x".repeat(1025));
const value = fc.oneof(
  fc.integer(),
  fc.bigInt(2n ** 62n, 2n ** 63n - 1n),
  fc.constant(new Uint8Array([255])),
  fc.constantFrom<Value>("text", true, [], { $int: "1" }, [1, null], 1.5),
);
const keyStep: fc.Arbitrary<Step<KeyValue>> = fc.oneof(
  fc.tuple(key, value, fc.constantFrom(undefined, 0, 60)).map(
    ([k, v, ttl]) =>
      (kv: KeyValue) =>
        kv.set(k, v, ttl),
  ),
  key.map((k) => (kv: KeyValue) => kv.get(k)),
  key.map((k) => (kv: KeyValue) => kv.delete(k)),
  fc.constantFrom(undefined, "app.", "z").map((prefix) => async (kv: KeyValue) => (await kv.list(prefix)).map(rounded)),
  fc.tuple(key, fc.oneof(fc.integer(), fc.constant(2n ** 62n))).map(
    ([k, by]) =>
      (kv: KeyValue) =>
        kv.increment(k, by),
  ),
  fc.tuple(key, fc.option(value, { nil: undefined }), value).map(
    ([k, a, b]) =>
      (kv: KeyValue) =>
        kv.compareSwap(k, a, b),
  ),
  fc.constant(async (kv: KeyValue) => ({ ...(await kv.stats()), oldest: null, newest: null })),
);

test("keys in plan answer and refuse as the real ones would, and nothing is written", async () => {
  const store = await storeAt();
  let count = 0;
  const steps = fc.array(keyStep, { maxLength: 25 });
  await fc.assert(
    fc.asyncProperty(steps, steps, async (before, after) => {
      const real = store.ensure(`s${++count}`).state;
      await answers(before, real);
      const planned = planKeyValue(real);
      const was = real.list();
      const predicted = await answers(after, planned);
      expect(real.list()).toEqual(was);
      expect(predicted).toEqual(await answers(after, real));
      expect((await planned.list()).map(rounded)).toEqual(real.list().map(rounded));
    }),
    { numRuns: 60 },
  );
});

test("a time to live passes in plan too", async () => {
  const planned = planKeyValue(null);
  await planned.set("a", 1, 0.001);
  while ((await planned.get("a")) !== undefined) await Bun.sleep(1);
  expect(await planned.list()).toEqual([]);
  expect(await planned.increment("a", 2)).toBe(2);
  expect(await planned.list()).toEqual([{ key: "a", value: 2, expiresAt: null }]);
});

const recordStep: fc.Arbitrary<Step<StackRecord>> = fc.oneof(
  fc
    .record({
      name: fc.constantFrom("/a", "/b\udc80", "/c"),
      state: fc.constantFrom("applied", "removed"),
      at: fc.nat(9),
    })
    .map(({ name, state, at }) => (record: StackRecord) => {
      const saved = record.save(row(name, { state, createdAt: `2026-01-0${at}T00:00:00.000Z` }));
      return { ...saved, id: 0 };
    }),
  fc.constantFrom("/a", "/b\udc80").map((name) => (record: StackRecord) => {
    const found = record.find("module", { host: "local", kind: "file", name });
    return found && { ...found, id: 0 };
  }),
  fc.constant((record: StackRecord) => record.rows().map((found) => ({ ...found, id: 0 }))),
  fc.tuple(fc.constantFrom("url", "port"), value).map(
    ([k, v]) =>
      (record: StackRecord) =>
        record.setOutput(k, v),
  ),
  fc.constantFrom("url", "port").map((k) => (record: StackRecord) => record.output(k)),
  fc.constant((record: StackRecord) => [...record.outputs()]),
);

test("a record in plan answers as the real one would, and nothing is written", async () => {
  const store = await storeAt();
  let count = 0;
  const steps = fc.array(recordStep, { maxLength: 12 });
  fc.assert(
    fc.property(steps, steps, (before, after) => {
      const { record } = store.ensure(`r${++count}`);
      before.forEach((step) => answer(step, record));
      const planned = planRecord(record, record.name);
      const was = [record.rows(), [...record.outputs()]];
      const predicted = after.map((step) => answer(step, planned));
      expect([record.rows(), [...record.outputs()]]).toEqual(was);
      expect(predicted).toEqual(after.map((step) => answer(step, record)));
      expect(new Set(planned.rows().map(({ id }) => id)).size).toBe(planned.rows().length);
    }),
    { numRuns: 60 },
  );
});

test("a stack that is not there yet is empty and new", () => {
  const planned = planRecord(null, "web");
  expect([planned.name, planned.status, planned.rows(), planned.output("a")]).toEqual(["web", "new", [], undefined]);
  expect(planned.save(row("/a")).id).toBe(1);
  expect(planned.save(row("/a")).id).toBe(1);
  expect(planned.save(row("/b")).id).toBe(2);
});

async function answers(steps: readonly Step<KeyValue>[], space: KeyValue): Promise<readonly unknown[]> {
  const all: unknown[] = [];
  for (const step of steps) all.push(await Promise.resolve(answer(step, space)).catch(refusal));
  return all;
}

/** What a step answers, or the code and words of its refusal. */
function answer<T>(step: Step<T>, space: T): unknown {
  try {
    return step(space);
  } catch (error) {
    return refusal(error);
  }
}

function refusal(error: unknown): string {
  if (error instanceof SlothError) return `${error.code} ${error.message}`;
  throw error;
}

/** Expiries are set by two clocks a moment apart. */
function rounded(entry: { readonly key: string; readonly value: Value; readonly expiresAt: string | null }): unknown {
  return { ...entry, expiresAt: entry.expiresAt !== null };
}
