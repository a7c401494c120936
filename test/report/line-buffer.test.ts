import { expect, test } from "bun:test";
import fc from "fast-check";
import { lineBuffer } from "../../src/report/line-buffer.ts";

test("lines come out as they went in, however the text is cut", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "ü", "\n", "\r", "😀"), maxLength: 80 });
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 7 }), (whole, step) => {
      const buffer = lineBuffer();
      const lines: string[] = [];
      for (let at = 0; at < whole.length; at += step) lines.push(...buffer.add(whole.slice(at, at + step)));
      lines.push(...buffer.rest());
      const expected = whole.split("\n");
      expect(lines).toEqual(expected.at(-1) === "" ? expected.slice(0, -1) : expected);
    }),
  );
});

test("a line without an end is shown up to where one would read, and tells how much more it was", () => {
  const buffer = lineBuffer();
  for (let i = 0; i < 64; i++) expect(buffer.add("x".repeat(1 << 20))).toEqual([]);
  const [line = ""] = buffer.add("\nnext");
  expect(line).toBe(`${"x".repeat(16 << 10)}… (${(64 << 20) - (16 << 10)} more characters)`);
  expect(buffer.rest()).toEqual(["next"]);
});

test("of a line that is drawn again and again the last is kept", () => {
  const buffer = lineBuffer();
  for (let percent = 0; percent <= 100; percent++) buffer.add(`\r${String(percent).padEnd(1_000, "#")}`);
  const [line = ""] = buffer.add("\n");
  expect(line.split("\r").at(-1)).toStartWith("100#");
  expect(line).not.toContain("more characters");
});
