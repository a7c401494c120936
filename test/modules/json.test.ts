import { expect, test } from "bun:test";
import fc from "fast-check";
import { json } from "../../src/modules/json/index.ts";
import { decodeJson, encodeJson } from "../../src/base/formats/json-text.ts";
import { stopOf } from "../../src/base/formats/json-error.ts";
import { Secret } from "../../src/base/value.ts";
import { call, refusal } from "./_call.ts";

const encode = (value: unknown, options?: object) => call(json, "json.encode", [value, options ?? null] as never[]);
const decode = (text: string, options?: object) => call(json, "json.decode", [text, options ?? null] as never[]);

test("integers of 64 bits survive both ways", async () => {
  const text = '{"big":9007199254740993,"small":-9223372036854775808}';
  const value = await decode(text);
  expect(value).toEqual({ big: 9007199254740993n, small: -9223372036854775808n });
  expect(await encode(value)).toBe(text);
  expect(await decode("[18446744073709551616]")).toEqual([18446744073709552000]);
});

test("members stand in the order they come in, or sorted when that is asked for", async () => {
  const value = { b: 1, a: { d: [1, null], c: "é" } };
  expect(await encode(value)).toBe('{"b":1,"a":{"d":[1,null],"c":"é"}}');
  expect(await encode(value, { sorted: true })).toBe('{"a":{"c":"é","d":[1,null]},"b":1}');
  expect(await encode({ a: [1] }, { pretty: true })).toBe('{\n  "a": [\n    1\n  ]\n}');
  expect(await encode(null)).toBe("null");
});

test("null members are left out unless they are asked for, nulls in lists stay", async () => {
  expect(await decode('{"a":null,"b":[1,null]}')).toEqual({ b: [1, null] });
  expect(await decode('{"a":null}', { keep_null: true })).toEqual({ a: null });
});

test("what JSON cannot hold is named with its place", async () => {
  expect(await refusal(encode({ a: [1, new Uint8Array([255])] }))).toContain("'a[2]' cannot be written as JSON");
  expect(await refusal(encode({ key: new Secret(new Uint8Array(), "x") }))).toContain(
    "'key' cannot be written as JSON: it is a secret",
  );
  expect(await refusal(encode(Infinity))).toStartWith("E_JSON the value cannot be written");
});

test("a mistake is told with line and column", async () => {
  expect(await refusal(decode('{\n  "a": 1,\n  "b" 2\n}'))).toContain("line 3, column 7");
  expect(await refusal(decode('{"a":1,}'))).toContain("line 1, column 8");
  expect(await refusal(decode(""))).toContain("line 1, column 1");
  expect(await decode("\uFEFF[1]")).toEqual([1]);
});

test("the place found is in the text, and a text with no mistake ends at its end", () => {
  fc.assert(
    fc.property(fc.json(), fc.nat(), (text, cut) => {
      expect(stopOf(text).offset).toBe(text.length);
      const broken = text.slice(0, cut % (text.length + 1));
      expect(stopOf(broken).offset).toBeLessThanOrEqual(broken.length);
    }),
  );
});

test("what was encoded is decoded to the same", () => {
  const data = fc.letrec<{ value: never }>((tie) => ({
    value: fc.oneof(
      fc.string(),
      fc.integer(),
      fc.bigInt(2n ** 60n, 2n ** 63n - 1n),
      fc.boolean(),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(fc.string(), tie("value"), { maxKeys: 3 }),
    ) as fc.Arbitrary<never>,
  })).value;
  fc.assert(fc.property(data, (value) => expect(decodeJson(encodeJson(value))).toEqual(value)));
});
