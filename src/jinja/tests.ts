import { TemplateFailure } from "./failure.ts";
import { compileRegexp } from "../base/regexp.ts";
import type { Given } from "./given.ts";
import { Undefined, contains, equal, isCallable, isDict, isNumber, order, toStr } from "./values.ts";

type Test = (value: unknown, given: Given) => boolean;

const eq: Test = (value, given) => equal(value, given.value(0, "other"));
const ne: Test = (value, given) => !equal(value, given.value(0, "other"));
const compared =
  (is: (order: number) => boolean): Test =>
  (value, given) =>
    is(order(value, given.value(0, "other")));
const lt = compared((way) => way < 0);
const le = compared((way) => way <= 0);
const gt = compared((way) => way > 0);
const ge = compared((way) => way >= 0);

function whole(value: unknown): bigint {
  if (typeof value === "bigint" || typeof value === "boolean") return BigInt(value);
  throw new TemplateFailure("needs a whole number");
}

function regexpTest(anchor: "match" | "search" | "regex"): Test {
  return (value, given) => {
    const pattern = given.text(0, "pattern");
    const flags = (given.flag(1, "ignorecase") ? "i" : "") + (given.flag(2, "multiline") ? "m" : "");
    const compiled = compileRegexp(flags === "" ? pattern : `(?${flags})${pattern}`);
    const found = compiled.exec(toStr(value));
    return found !== null && (anchor !== "match" || found.index === 0);
  };
}

/** `is` tests: Jinja's, and those of Ansible that look at values alone. */
export const TESTS: Readonly<Record<string, Test>> = {
  defined: (value) => !(value instanceof Undefined),
  undefined: (value) => value instanceof Undefined,
  none: (value) => value === null,
  boolean: (value) => typeof value === "boolean",
  true: (value) => value === true,
  false: (value) => value === false,
  integer: (value) => typeof value === "bigint",
  float: (value) => typeof value === "number",
  number: (value) => isNumber(value),
  string: (value) => typeof value === "string",
  mapping: (value) => isDict(value),
  sequence: (value) => typeof value === "string" || Array.isArray(value) || isDict(value),
  iterable: (value) => typeof value === "string" || Array.isArray(value) || isDict(value),
  callable: (value) => isCallable(value),
  odd: (value) => whole(value) % 2n !== 0n,
  even: (value) => whole(value) % 2n === 0n,
  divisibleby: (value, given) => whole(value) % BigInt(given.number(0, "num")) === 0n,
  lower: (value) => toStr(value) === toStr(value).toLowerCase(),
  upper: (value) => toStr(value) === toStr(value).toUpperCase(),
  in: (value, given) => contains(given.value(0, "seq"), value),
  sameas: (value, given) => value === given.value(0, "other"),
  eq,
  equalto: eq,
  "==": eq,
  ne,
  "!=": ne,
  lt,
  lessthan: lt,
  "<": lt,
  le,
  "<=": le,
  gt,
  greaterthan: gt,
  ">": gt,
  ge,
  ">=": ge,
  match: regexpTest("match"),
  search: regexpTest("search"),
  regex: regexpTest("regex"),
  contains: (value, given) => contains(value, given.value(0, "item")),
  subset: (value, given) => Array.isArray(value) && value.every((item) => contains(given.value(0, "other"), item)),
  superset: (value, given) => {
    const other = given.value(0, "other");
    return Array.isArray(other) && other.every((item) => contains(value, item));
  },
  truthy: (value) => Boolean(value),
  falsy: (value) => !value,
};
