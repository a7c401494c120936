import { describe, expect, test } from "bun:test";
import { compileRegexp, expandReplacement } from "../../src/base/regexp.ts";

describe("finds as Python's re does", () => {
  const CASES: readonly (readonly [pattern: string, text: string, found: string | null])[] = [
    ["^foo$", "foo\n", "foo"],
    ["^foo$", "foo\r\n", null],
    ["foo\\Z", "foo\n", null],
    ["\\Afoo", "foo", "foo"],
    ["a.b", "a\rb", "a\rb"],
    ["a.b", "a\nb", null],
    ["(?i)FOO", "a foo", "foo"],
    ["(?s)a.b", "a\nb", "a\nb"],
    ["(?m)^b$", "a\nb\nc", "b"],
    ["(?P<x>a)(?P=x)", "aa", "aa"],
    ["(?<x>a)\\k<x>", "aa", "aa"],
    ["\\-\\#\\ \\/\\=", "-# /=", "-# /="],
    ["[\\w\\-.\\]]+", "a-.]", "a-.]"],
    ["a{", "a{", "a{"],
    ["a]", "a]", "a]"],
    ["a{,2}b", "aab", "aab"],
    ["(?#note)a", "a", "a"],
    ["gr.n", "grün", "grün"],
    ["^.$", "😀", "😀"],
  ];
  for (const [pattern, text, found] of CASES) {
    test(`${pattern} in ${JSON.stringify(text)}`, () => {
      expect(compileRegexp(pattern).exec(text)?.[0] ?? null).toBe(found);
    });
  }

  test("with multiline ^ and $ at every \\n and at no \\r", () => {
    const compiled = compileRegexp("^b$", { multiline: true });
    expect([compiled.test("a\nb\nc"), compiled.test("a\rb\rc"), compiled.test("b")]).toEqual([true, false, true]);
  });
});

describe("refuses what it would have to guess", () => {
  const CASES: Readonly<Record<string, string>> = {
    "a++": "possessive",
    "(?>a)": "atomic",
    "(a)?(?(1)b)": "conditional",
    "a(?i)b": "very beginning",
    "(?x)a": "(?x)",
    "[[:space:]]": "[:space:]",
    "[]a]": "write \\]",
    "\\Ka": "\\K",
    "\\h": "\\h",
    "a(": "cannot be used",
    "a\\": "\\ at the end",
  };
  for (const [pattern, said] of Object.entries(CASES)) {
    test(pattern, () => {
      expect(() => compileRegexp(pattern)).toThrow(expect.objectContaining({ code: "E_REGEXP" }));
      try {
        compileRegexp(pattern);
      } catch (error) {
        expect(String(error)).toContain(said);
      }
    });
  }
});

describe("expands a replacement", () => {
  const match = /(?<a>x)(y)?z/.exec("xz");
  const CASES: readonly (readonly [string, string])[] = [
    ["\\1-\\2-", "x--"],
    ["\\g<a>\\g<1>\\g<0>", "xxxz"],
    ["a\\nb\\tc", "a\nb\tc"],
    ["\\\\1", "\\1"],
    ["\\.", "\\."],
    ["$1 $&", "$1 $&"],
  ];
  for (const [replacement, made] of CASES) {
    test(replacement, () => {
      expect(match === null ? null : expandReplacement(replacement, match)).toBe(made);
    });
  }

  test("and refuses a group there is not, and unknown escapes", () => {
    if (match === null) throw new Error("no match");
    expect(() => expandReplacement("\\9", match)).toThrow("no group '9'");
    expect(() => expandReplacement("\\q", match)).toThrow("\\q");
  });
});
