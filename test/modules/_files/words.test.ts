import { expect, test } from "bun:test";
import { splitWords } from "../../../src/modules/_files/words.ts";

// As Python's shlex.split.
const CASES: readonly (readonly [string, readonly string[] | undefined])[] = [
  ["nginx -t -c %s", ["nginx", "-t", "-c", "%s"]],
  ["  a\t b ", ["a", "b"]],
  ["a 'b c' \"d e\"", ["a", "b c", "d e"]],
  [`a"b"'c'd`, ["abcd"]],
  ["a\\ b", ["a b"]],
  [`"a\\"b" "\\x"`, ['a"b', "\\x"]],
  ["''", [""]],
  ["$HOME *.c;", ["$HOME", "*.c;"]],
  ["", []],
  ["a 'b", undefined],
];

for (const [line, words] of CASES) {
  test(`${JSON.stringify(line)} is ${JSON.stringify(words)}`, () => {
    expect(splitWords(line)).toEqual(words);
  });
}
