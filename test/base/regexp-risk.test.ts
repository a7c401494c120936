import { expect, test } from "bun:test";
import fc from "fast-check";
import { compileRegexp } from "../../src/base/regexp.ts";
import { riskOf } from "../../src/base/regexp-risk.ts";

const LINE = "PermitRootLogin no # as it should be on every machine, says the policy of 2026\n";
const TEXT = LINE.repeat(500);

test.each([
  "^#?Port\\s+",
  "^\\s*#?\\s*PermitRootLogin\\b.*$",
  "^(#\\s*)?PermitRootLogin",
  "^[^:]*:[^:]*:[^:]*:",
  "^([^:]*:){5}",
  "(?i)^listen_addresses *= *'.*'",
  "^127\\.0\\.0\\.1\\s+localhost$",
  "\\d{1,3}(\\.\\d{1,3}){3}",
  "(foo|bar)",
  "^deb .* bookworm main",
  "^.{1,200}$",
])("an ordinary pattern is no risk for an ordinary line: %s", (pattern) => {
  expect(riskOf(compileRegexp(pattern))?.(LINE) ?? false).toBe(false);
});

test.each(["^Port.*$", "PermitRootLogin\\s+\\w+", "^#.*\\n", "no # as"])("nor for a file of 40 KB: %s", (pattern) => {
  expect(riskOf(compileRegexp(pattern, { multiline: true }))?.(TEXT) ?? false).toBe(false);
});

test.each([
  ["^(a+)+$", "a".repeat(40)],
  ["^(a|a)*$", "a".repeat(40)],
  ["^(a|aa)+$", "a".repeat(40)],
  ["(.*a){20}", "a".repeat(40)],
  ["^(\\w+\\s?)*$", "word ".repeat(10)],
  ["(?:(?:a*)*)*b", "a".repeat(40)],
  ["^(a?){40}$", "a".repeat(40)],
  [".*.*.*.*x", "a".repeat(400)],
  ["\\s+$", " ".repeat(100_000)],
  ["(a*)(a*)(a*)(a*)(a*)b", "a".repeat(200)],
  ["a{0,30}(a{0,30}){3}$", `${"a".repeat(67)}!`],
  ["(a?){16}(a?){16}(a|b|aa){10}$", "a".repeat(40)],
  ["(?=(a+)+b)", "a".repeat(40)],
])("what may take long is told: %s", (pattern, text) => {
  expect(riskOf(compileRegexp(pattern))?.(text)).toBe(true);
});

test("property: what is told to be no risk is done in a moment", () => {
  const atom = fc.constantFrom(
    "a",
    "b",
    ".",
    "\\w",
    "[ab]",
    "[^b]",
    "\\s",
    "(a)",
    "(?:ab)",
    "(a|b)",
    "(a*b)",
    "(?:a|ab)",
  );
  const times = fc.constantFrom("", "*", "+", "?", "{2,}", "{3}", "*?", "{0,30}");
  const piece = fc.tuple(atom, times).map(([one, many]) => one + many);
  const group = fc
    .tuple(fc.array(piece, { minLength: 1, maxLength: 3 }), times)
    .map(([pieces, many]) => `(${pieces.join("")})${many}`);
  const pattern = fc.array(fc.oneof(piece, group), { minLength: 1, maxLength: 4 }).map((pieces) => pieces.join(""));
  const text = fc.tuple(
    fc.constantFrom("a", "ab", "b", "a ", "aab"),
    fc.integer({ min: 1, max: 300 }),
    fc.constantFrom("", "!", "\n"),
  );
  fc.assert(
    fc.property(pattern, text, fc.constantFrom("", "$", "!"), (source, [unit, count, end], after) => {
      const regexp = compileRegexp(source + after);
      const given = unit.repeat(count) + end;
      if (riskOf(regexp)?.(given) === true) return;
      const began = performance.now();
      regexp.test(given);
      expect(performance.now() - began).toBeLessThan(1500);
    }),
    { numRuns: 800 },
  );
}, 60_000);
