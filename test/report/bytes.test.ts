import { expect, test } from "bun:test";
import { resolve } from "node:path";

const main = resolve(import.meta.dir, "../../src/main.ts");

test("what a workflow prints is passed on byte by byte, and is valid JSON where that is asked for", () => {
  const script = String.raw`print("a\xff\xfeb") io.write("\xc3") io.write("\xbc\n")`;
  const run = (...flags: string[]) =>
    Bun.spawnSync([process.execPath, main, "plan", "-", "--stack", "bytes", ...flags], { stdin: Buffer.from(script) });
  const printed = run().stdout;
  const mark = [...Buffer.from("(in plan) ")];
  const expected = Buffer.from([...mark, 97, 0xff, 0xfe, 98, 10, ...mark, 0xc3, 0xbc, 10]);
  expect(printed.subarray(0, expected.length)).toEqual(expected);
  const texts = run("--output", "json")
    .stdout.toString()
    .split("\n")
    .filter((line) => line.includes('"output"'))
    .map((line) => JSON.parse(line) as { text: string });
  expect(texts.map(({ text }) => text)).toEqual(["a\\xff\\xfeb\n", "\\xc3", "\\xbc\n"]);
});
