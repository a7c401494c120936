import { expect, test } from "bun:test";
import { assert } from "../../src/modules/assert/index.ts";
import { crypto } from "../../src/modules/crypto/index.ts";
import { log } from "../../src/modules/log/index.ts";
import { modules } from "../../src/modules/registry.ts";
import { secret } from "../../src/modules/secret/index.ts";
import { Secret } from "../../src/base/value.ts";
import type { Source } from "../../src/engine/resource.ts";
import { call, callContext, refusal } from "./_call.ts";

const hidden = new Secret(Buffer.from("pa55"), "secret.env(PW)");

test("every function belongs to its module by name, once, and says what it does", () => {
  const names = modules.flatMap((module) => module.functions.map((fn) => fn.name));
  expect(new Set(names).size).toBe(names.length);
  for (const module of modules) {
    expect(module.functions.filter((fn) => !fn.name.startsWith(`${module.name}.`))).toEqual([]);
    expect(module.functions.filter((fn) => !/^[A-Z`].*\.$/.test(fn.summary))).toEqual([]);
  }
});

test("too many or mistyped arguments are refused by name", async () => {
  expect(await refusal(call(crypto, "crypto.uuid", [1]))).toBe("E_FIELD takes no arguments, not 1");
  expect(await refusal(call(crypto, "crypto.sha256", [{}]))).toBe("E_FIELD 'data' is a table, expected a string");
  expect(await refusal(call(crypto, "crypto.sha256", []))).toBe("E_FIELD 'data' is missing");
});

test("digests are those of other tools", async () => {
  const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  expect(await call(crypto, "crypto.sha256", ["abc"])).toBe(abc);
  expect(await call(crypto, "crypto.sha256", [new Uint8Array([97, 98, 99])])).toBe(abc);
  const hmac = "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8";
  const text = "The quick brown fox jumps over the lazy dog";
  expect(await call(crypto, "crypto.hmac_sha256", ["key", text])).toBe(hmac);
});

test("base64 goes both ways, of bytes and of secrets", async () => {
  expect(await call(crypto, "crypto.base64_encode", [new Uint8Array([255, 0])])).toBe("/wA=");
  expect(await call(crypto, "crypto.base64_decode", ["_w\nA"])).toEqual(new Uint8Array([255, 0]));
  expect(await refusal(call(crypto, "crypto.base64_decode", ["a*b"]))).toContain("is not base64");
  const encoded = await call(crypto, "crypto.base64_encode", [hidden]);
  expect(encoded instanceof Secret && Buffer.from(encoded.reveal()).toString()).toBe("cGE1NQ==");
});

test("random values have the length asked for and differ", async () => {
  const one = await call(crypto, "crypto.random", [4]);
  expect(one).toMatch(/^[0-9a-f]{8}$/);
  expect(await call(crypto, "crypto.random", [])).not.toBe(await call(crypto, "crypto.random", []));
});

test("a digest of a secret is refused", async () => {
  expect(await refusal(call(crypto, "crypto.sha256", [hidden]))).toStartWith("E_SECRET 'data' is a secret");
});

test("log tells message and fields, never a secret", async () => {
  const context = callContext();
  await call(log, "log.warn", [{ a: 1 }, { user: "ana", password: hidden }], context);
  await call(log, "log.info", [hidden], context);
  expect(context.events).toEqual([
    { type: "log", task: "main", level: "warn", message: '{"a":1}', fields: { user: "ana", password: "(secret)" } },
    { type: "log", task: "main", level: "info", message: "(secret)", fields: {} },
  ]);
});

test("assertions hold or say what was found", async () => {
  expect(await call(assert, "assert.equal", [{ a: [1, {}] }, { a: [1, []] }])).toBe(undefined);
  expect(await call(assert, "assert.equal", [1, 1n])).toBe(undefined);
  expect(await call(assert, "assert.not_nil", [0])).toBe(0);
  expect(await call(assert, "assert.contains", [["a", { b: 1 }], { b: 1 }])).toBe(undefined);
  expect(await call(assert, "assert.matches", ["a\nport=80", "^port=\\d+$"])).toBe(undefined);
  expect(await refusal(call(assert, "assert.equal", [1, "1", "port"]))).toBe('E_ASSERT port: is 1, expected "1"');
  expect(await refusal(call(assert, "assert.not_equal", ["a", "a"]))).toBe(
    'E_ASSERT the value is "a", which it should not be',
  );
  expect(await refusal(call(assert, "assert.not_nil", [null]))).toBe("E_ASSERT the value is nil");
  expect(await refusal(call(assert, "assert.contains", ["abc", "d"]))).toContain('does not contain "d"');
  expect(await refusal(call(assert, "assert.matches", ["a", "("]))).toContain("'pattern' is not a regular expression");
  expect(await refusal(call(assert, "assert.equal", [hidden, "guess"]))).toStartWith("E_SECRET");
});

test("secrets come from the environment and from files, one newline less", async () => {
  const files: Record<string, string> = {
    "/w/pw": "pa55\n",
    "/w/dos": "pa55\r\n",
    "/w/two": "pa55\n\n",
    "/w/none": "pa55",
  };
  const source = {
    workflowDirectory: "/w",
    locate: (path: string) => path,
    env: (name: string) => (name === "PW" ? "pa55" : undefined),
    readFile: (path: string) => Buffer.from(files[path] ?? ""),
  } as unknown as Source;
  const context = callContext({ source });
  const reveal = async (name: string, arg: string): Promise<string> => {
    const value = await call(secret, name, [arg], context);
    return value instanceof Secret
      ? `${value.toString()} ${value.origin} ${JSON.stringify(Buffer.from(value.reveal()).toString())}`
      : "none";
  };
  expect(await reveal("secret.env", "PW")).toBe('(secret) secret.env(PW) "pa55"');
  expect(await reveal("secret.file", "pw")).toBe('(secret) secret.file(pw) "pa55"');
  expect(await reveal("secret.file", "/w/dos")).toContain('"pa55"');
  expect(await reveal("secret.file", "two")).toContain('"pa55\\n"');
  expect(await reveal("secret.file", "none")).toContain('"pa55"');
  expect(await refusal(call(secret, "secret.env", ["NO"], context))).toContain(
    "the environment variable NO is not set; set it",
  );
  expect(await call(secret, "secret.env", ["NO"], { ...context, mode: "check" })).toBeInstanceOf(Secret);
});
