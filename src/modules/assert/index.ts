import { after } from "../../base/maybe-promise.ts";
import type { HostFunction, ModuleDefinition } from "../../engine/resource.ts";
import { anything, object, optional, text } from "../../engine/schema.ts";
import { isObject, sameValue, type Value } from "../../base/value.ts";
import { SlothError, toError } from "../../base/errors.ts";
import { functionOf } from "../_kit/function.ts";
import { searching } from "../_kit/patterns.ts";
import { refuseSecrets } from "../_kit/secrets.ts";
import { shownText } from "../_kit/shown.ts";

const message = optional(text("Said before what was found."));

/** The table itself is callable: it is then Lua's own `assert`. */
export const assert: ModuleDefinition = {
  name: "assert",
  summary: "Claims that end the task when they do not hold. `assert(value, message)` is Lua's own.",
  functions: [
    comparison(
      "equal",
      "Fails unless both are equal; tables are compared by what is in them.",
      'assert.equal({ 1, 2 }, json.decode("[1, 2]"), "the list that was read")',
      ({ actual, expected }) =>
        same(actual, expected) ? undefined : `is ${shown(actual)}, expected ${shown(expected)}`,
    ),
    comparison(
      "not_equal",
      "Fails when both are equal.",
      'assert.not_equal(facts.hostname(), "localhost")',
      ({ actual, expected }) => (same(actual, expected) ? `is ${shown(actual)}, which it should not be` : undefined),
    ),
    comparison(
      "contains",
      "Fails unless a string has the other in it, or a list has it as an item.",
      'assert.contains({ "x86_64", "aarch64" }, facts.arch(), "no build for this machine")',
      ({ actual, expected }) =>
        contains(actual, expected) ? undefined : `is ${shown(actual)}, which does not contain ${shown(expected)}`,
    ),
    functionOf({
      name: "assert.not_nil",
      summary: "Fails when the value is nil; answers the value.",
      example: `
        local os = assert.not_nil(facts.os().name, "the system has no name")
        print(os)
      `,
      params: object({ value: optional(anything("Any value.")), message }),
      returns: "any",
      call: ({ value, message }) => value ?? fail("is nil", message),
    }),
    functionOf({
      name: "assert.matches",
      summary: "Fails unless the text matches an ECMAScript regular expression (multi-line).",
      example: 'assert.matches(fs.read("/etc/passwd"), "^root:", "there is no root")',
      params: object({ text: text("The text."), pattern: text("The expression."), message }),
      returns: "",
      call({ text: found, pattern, message: said }, { source }) {
        const regexp = expression(pattern);
        return after(
          searching(source, "the text", (patterns) => patterns.first(regexp, found)),
          (match) =>
            match === undefined ? fail(`is ${shown(found)}, which does not match ${pattern}`, said) : undefined,
        );
      },
    }),
  ],
};

interface Compared {
  readonly actual: Value;
  readonly expected: Value;
}

function comparison(
  verb: "equal" | "not_equal" | "contains",
  summary: string,
  example: string,
  fault: (compared: Compared) => string | undefined,
): HostFunction {
  return functionOf({
    name: `assert.${verb}`,
    summary,
    example,
    params: object({
      actual: optional(anything("What there is.")),
      expected: optional(anything("What it is held against.")),
      message,
    }),
    returns: "",
    call({ actual = null, expected = null, message }) {
      refuseSecrets(actual, "actual", "the message would tell it");
      refuseSecrets(expected, "expected", "the message would tell it");
      const found = fault({ actual, expected });
      return found === undefined ? undefined : fail(found, message);
    },
  });
}

function fail(found: string, message: string | undefined): never {
  throw new SlothError("E_ASSERT", message === undefined ? `the value ${found}` : `${message}: ${found}`);
}

function same(a: Value, b: Value): boolean {
  if (typeof a === "object" || typeof b === "object") return sameValue(emptyAsTable(a), emptyAsTable(b));
  return a === b || (typeof a !== "string" && typeof b !== "string" && a == b); // an integer and a bigint of one value
}

/** An empty Lua table comes as `{}`, an empty list made by a module as `[]`: to Lua they are one. */
function emptyAsTable(value: Value): Value {
  if (Array.isArray(value)) return value.length === 0 ? {} : value.map(emptyAsTable);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, emptyAsTable(item)]));
}

function contains(whole: Value, part: Value): boolean {
  if (typeof whole === "string") return typeof part === "string" && whole.includes(part);
  return Array.isArray(whole) && whole.some((item: Value) => same(item, part));
}

function expression(pattern: string): RegExp {
  try {
    return new RegExp(pattern, "m");
  } catch (cause) {
    throw new SlothError("E_FIELD", `'pattern' is not a regular expression: ${toError(cause).message}`);
  }
}

function shown(value: Value): string {
  const text = value === null ? "nil" : typeof value === "string" ? JSON.stringify(value) : shownText(value);
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}
