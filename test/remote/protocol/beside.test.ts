import { expect, test } from "bun:test";
import fc from "fast-check";
import { decodeValue, encodeValue, type Value } from "../../../src/base/value.ts";
import { Body, putBack, takeOut } from "../../../src/remote/protocol/beside.ts";
import { messageOf } from "../../support/thrown.ts";

const long = fc.integer({ min: 0, max: 3 }).map((extra) => "ü".repeat((32 << 10) + extra));
const leaf = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc.uint8Array(),
  long,
  long.map((text) => `\ufeff${text}`),
  long.map((text) => `${text}\udc80`),
  long.map((text) => new TextEncoder().encode(text)),
  fc.constantFrom(null, true, 1.5, 2n ** 60n),
);
const { value: values } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    leaf,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.string(), fc.constantFrom("__proto__", "$bytes", "constructor")), tie("value"), {
      maxKeys: 4,
    }),
  ),
}));

/** As it is after the way: its message as JSON, and what goes beside it in pieces. */
function brought(value: Value, step: number): unknown {
  const { message, parts, bytes } = takeOut(value);
  const body = new Body();
  const all = Buffer.concat(bytes);
  for (let at = 0; at < all.length; at += step) body.add(all.subarray(at, at + step));
  return putBack(decodeValue(encodeValue(message as Value)), parts, body);
}

test("an answer arrives as it was, whatever of it is long", () => {
  fc.assert(
    fc.property(values, fc.integer({ min: 1_000, max: 300_000 }), (value, step) => {
      expect(encodeValue(brought(value, step) as Value)).toBe(encodeValue(value));
    }),
    { numRuns: 60 },
  );
});

test("what is long is not in the message", () => {
  const { message, bytes } = takeOut({ stdout: "x".repeat(1 << 20), exit_code: 0 });
  expect(message).toEqual({ stdout: null, exit_code: 0 });
  expect(bytes.map(({ length }) => length)).toEqual([1 << 20]);
});

const here = { at: ["a"], size: 1, isText: true };
const refused: readonly (readonly [what: string, message: unknown, at: readonly (string | number)[], size: number])[] =
  [
    ["more than came", { a: null }, ["a"], 3],
    ["less than came", { a: null }, ["a"], 1],
    ["no place", { a: null }, ["b"], 2],
    ["a place that is taken", { a: 1 }, ["a"], 2],
    ["a place that is inherited", { a: null }, ["__proto__", "polluted"], 2],
    ["a place inside of a text", { a: "text" }, ["a", 0], 2],
  ];
for (const [what, message, at, size] of refused) {
  test(`contents for ${what} are refused`, () => {
    const body = new Body();
    body.add(new Uint8Array(2));
    expect(() => putBack(message, [{ ...here, at, size }], body)).toThrow("no place in its answer");
    expect(Object.prototype).not.toHaveProperty("polluted");
  });
}

test("more than the operation may bring is refused by name", async () => {
  async function* endless() {
    for (;;) yield new Uint8Array(1 << 18);
  }
  expect(await messageOf(new Body().fill(endless(), 1 << 20))).toMatch("more than 1 MiB of contents in one answer");
});
