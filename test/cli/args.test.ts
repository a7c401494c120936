import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { readArguments } from "../../src/cli/args.ts";
import type { Arguments } from "../../src/cli/command.ts";
import * as flags from "../../src/cli/flags.ts";
import { UsageError } from "../../src/base/errors.ts";

const known = {
  FILE: flags.optionalOperand("Workflow file."),
  stack: flags.text("Stack.", "NAME"),
  set: flags.texts("Value.", "K=V"),
  tags: flags.list("Tags.", "A,B"),
  output: flags.oneOf("Output.", ["human", "json"], "human"),
  timeout: flags.duration("Timeout."),
  limit: flags.integer("Limit.", "N", 1),
  diff: flags.flag("Diff."),
  "dry-run": flags.flag("Dry run."),
} satisfies Arguments;

const read = (...argv: string[]) => readArguments(argv, known);
const mistake = (...argv: string[]): string => {
  try {
    read(...argv);
  } catch (error) {
    if (error instanceof UsageError) return error.toString();
    throw error;
  }
  throw new Error(`${argv.join(" ")} was accepted`);
};

test("reads every form of flag and operand", () => {
  const argv =
    "site.lua --stack=web --set a=1 --set b=2 --tags x,y --tags z --output json --timeout 1m30s --limit 5 --diff";
  expect(read(...argv.split(" "))).toEqual({
    FILE: "site.lua",
    stack: "web",
    set: ["a=1", "b=2"],
    tags: ["x", "y", "z"],
    output: "json",
    timeout: 90_000,
    limit: 5,
    diff: true,
    "dry-run": false,
  });
});

test("what is not given has its default", () => {
  expect(read()).toEqual({
    FILE: undefined,
    stack: undefined,
    set: [],
    tags: [],
    output: "human",
    timeout: undefined,
    limit: undefined,
    diff: false,
    "dry-run": false,
  });
});

test("a lone dash is an operand or a value, and everything after -- is an operand", () => {
  expect(read("-")).toMatchObject({ FILE: "-" });
  expect(read("--stack", "-")).toMatchObject({ stack: "-" });
  expect(read("--", "--stack")).toMatchObject({ FILE: "--stack", stack: undefined });
  expect(read("--set=-x=1")).toMatchObject({ set: ["-x=1"] });
  expect(read("--no-diff")).toMatchObject({ diff: false });
});

describe("refuses, in the user's words", () => {
  const cases: readonly (readonly [argv: string, message: string])[] = [
    ["--stakc web", "unknown flag '--stakc'; did you mean '--stack'?"],
    ["-stack web", "unknown flag '-stack'; did you mean '--stack'?"],
    ["--no-stack", "unknown flag '--no-stack'; did you mean '--stack'?"],
    [
      "-x",
      "unknown flag '-x'; known flags are --stack, --set, --tags, --output, --timeout, --limit, --diff, --dry-run, --help",
    ],
    [
      "--stack --dry-run",
      "--stack needs a value; '--dry-run' follows it; a value that starts with a dash is written --stack=--dry-run",
    ],
    ["--stack", "--stack needs a value; write --stack NAME"],
    ["--stack=", "--stack is empty"],
    ["--stack a --stack b", "--stack is given twice"],
    ["--diff --no-diff", "--diff is given twice"],
    ["--diff=true", "--diff takes no value"],
    ["--output jsno", "--output is 'jsno', expected one of human, json; did you mean 'json'?"],
    ["--timeout soon", "--timeout is 'soon', expected a duration such as 90s, 5m or 1h30m"],
    ["--limit 0", "--limit is '0', expected a whole number from 1"],
    ["--limit 1e3", "--limit is '1e3', expected a whole number from 1"],
    ["--tags a,,b", "--tags is 'a,,b', expected a list such as a,b without empty items"],
    ["a.lua b.lua", "'b.lua' is one argument too many"],
    ["a.lua diff", "'diff' is one argument too many; did you mean '--diff'?"],
  ];
  test.each(cases)("%s", (argv, message) => expect(mistake(...argv.split(" "))).toBe(message));

  test("an empty operand, as an unset shell variable leaves it", () => expect(mistake("")).toBe("FILE is empty"));
  test("control characters are shown, not sent to the terminal", () =>
    expect(mistake("--\u001b[2J")).toStartWith("unknown flag '--\\x1b[2J'"));
});

test("required, repeated and possibly empty operands", () => {
  const args = { KEY: flags.operand("Key."), VALUE: flags.operand("Value.", { allowEmpty: true }) };
  expect(readArguments(["k", ""], args)).toEqual({ KEY: "k", VALUE: "" });
  expect(() => readArguments(["k"], args)).toThrow("VALUE is missing: Value.");
  const many = { NAME: flags.operand("Stack."), ADDRESS: flags.operands("Addresses.") };
  expect(readArguments(["web", "a", "b"], many)).toEqual({ NAME: "web", ADDRESS: ["a", "b"] });
  expect(() => readArguments(["web"], many)).toThrow("ADDRESS is missing");
  const shell = { SHELL: flags.operand("Shell.", { options: ["bash", "zsh"] }) };
  expect(() => readArguments(["basch"], shell)).toThrow("SHELL is 'basch', expected one of bash, zsh");
});

test("whatever is typed, it is understood or a usage error, and understood the same way twice", () => {
  const words = fc.constantFrom(
    "--stack",
    "--set",
    "-",
    "--",
    "a=1",
    "--diff",
    "--no-diff",
    "x",
    "--limit=3",
    "",
    "--tags",
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(words, fc.string()), { maxLength: 8 }), (argv) => {
      const outcome = () => {
        try {
          return read(...argv);
        } catch (error) {
          if (error instanceof UsageError) return error.message;
          throw error;
        }
      };
      expect(outcome()).toEqual(outcome());
    }),
  );
});
