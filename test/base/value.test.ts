import { normalPath } from "../../src/base/path.ts";
import { toText } from "../../src/base/byte-text.ts";
import { expect, test } from "bun:test";
import fc from "fast-check";
import { Secret, decodeValue, encodeAsGiven, encodeValue, sameValue, type Value } from "../../src/base/value.ts";
import { pathBytes, printablePath } from "../../src/base/path-text.ts";
import { inspect } from "node:util";

const leaf = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.double().filter((n) => !Object.is(n, -0)),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.string({ unit: "grapheme" }),
  fc.uint8Array(),
);
const values = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof({ depthSize: "small" }, leaf, fc.array(tie("value")), fc.dictionary(fc.string(), tie("value"))),
})).value;

test("a value comes back from its text as it was, and equal values have one text", () => {
  fc.assert(
    fc.property(values, (value) => {
      expect(decodeValue(encodeValue(value))).toEqual(value as never);
      expect(encodeValue(decodeValue(encodeValue(value)))).toBe(encodeValue(value));
    }),
  );
});

test("as it is given a value keeps the order of its keys on the way", () => {
  fc.assert(
    fc.property(values, (value) => {
      const text = encodeAsGiven(value);
      expect(encodeAsGiven(decodeValue(text))).toBe(text);
      expect(sameValue(decodeValue(text), value)).toBe(true);
    }),
  );
});

test("the order of keys is no difference, and undefined is not there", () => {
  expect(sameValue({ a: 1, b: [2] }, { b: [2], a: 1 })).toBe(true);
  expect(encodeValue({ a: undefined as never, b: 1 })).toBe('{"b":1}');
  expect(sameValue({ a: 1 }, { a: "1" })).toBe(false);
});

test("a secret shows itself nowhere and is refused by the record", () => {
  const secret = new Secret(new TextEncoder().encode("hunter2"), "secret.env(X)");
  expect(
    [String(secret), JSON.stringify({ secret }), inspect(secret), String(Object.values(secret))].join(),
  ).not.toContain("hunter2");
  expect(() => encodeValue({ secret })).toThrow("a secret reached the record");
});

test("any bytes of a path go through text and back, and print without control characters", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1 }), (bytes) => {
      const text = toText(bytes);
      expect(Buffer.from(pathBytes(text))).toEqual(Buffer.from(bytes));
      // oxlint-disable-next-line no-control-regex
      expect(printablePath(text)).not.toMatch(/[\x00-\x1f]/);
    }),
  );
});

test("paths are normalised by name", () => {
  expect(normalPath("/a//b/./c/../d/")).toBe("/a/b/d");
  expect(normalPath("/../..")).toBe("/");
});
