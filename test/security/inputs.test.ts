import { expect, test } from "bun:test";
import { decodeJson } from "../../src/base/formats/json-text.ts";
import { decodeToml } from "../../src/base/formats/toml-text.ts";
import { parseValuesFile } from "../../src/run/values-file.ts";
import { messageOf } from "../support/thrown.ts";

const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);

test("what is nested without end is told, not gone through until the stack is used up", async () => {
  for (const text of [nested(100_000), "[".repeat(100_000), `{"a":`.repeat(50_000) + "1" + "}".repeat(50_000)])
    expect(() => decodeJson(text)).toThrow("is nested deeper than 1000 values");
  expect(await messageOf(decodeToml(`a = ${nested(50_000)}`))).toContain("is not TOML");
  for (const [file, text] of [
    ["v.json", `{"a":${nested(50_000)}}`],
    ["v.toml", `a = ${nested(50_000)}`],
    ["v.yaml", `a: ${nested(50_000)}`],
    ["v", `a: ${nested(50_000)}`],
  ] as const)
    expect(await messageOf(parseValuesFile(file, Buffer.from(text)))).toContain(file);
});

test("brackets in texts are none, and a list of lists is as deep as it is", () => {
  expect(decodeJson(JSON.stringify(nested(5_000)))).toBe(nested(5_000));
  expect(decodeJson(String.raw`["\\", "\"[[", []]`)).toEqual(["\\", '"[[', []]);
  expect(decodeJson(`[${"[],".repeat(5_000)}[]]`)).toHaveLength(5_001);
  expect(decodeJson(nested(1_000))).toHaveLength(1);
});
