import { TemplateFailure } from "./failure.ts";
import { compileRegexp } from "../base/regexp.ts";
import { ANSIBLE_TESTS } from "./ansible-tests.ts";
import { FILTERS } from "./filters.ts";
import type { Given } from "./given.ts";
import { versionTest } from "./versions.ts";
import { Undefined, contains, equal, isCallable, isDict, isNumber, items, order, toStr, truth } from "./values.ts";

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

const subset: Test = (value, given) => {
  const other = items(given.value(0, "other"));
  return items(value).every((item) => contains(other, item));
};
const superset: Test = (value, given) => {
  const own = items(value);
  return items(given.value(0, "other")).every((item) => contains(own, item));
};

/** Of letters, some have it. */
function hasCase(text: string): boolean {
  return text.toLowerCase() !== text.toUpperCase();
}

function number(value: unknown): number {
  if (isNumber(value)) return Number(value);
  throw new TemplateFailure("needs a number");
}

function regexpTest(anchor: "match" | "search" | "regex"): Test {
  return (value, given) => {
    const options = { ignoreCase: given.flag(1, "ignorecase"), multiline: given.flag(2, "multiline") };
    const found = given.engine.patterns.first(compileRegexp(given.text(0, "pattern"), options), toStr(value));
    return found !== undefined && (anchor !== "match" || found.index === 0);
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
  odd: (value) => Math.abs(number(value) % 2) === 1,
  even: (value) => number(value) % 2 === 0,
  divisibleby: (value, given) => number(value) % given.number(0, "num") === 0,
  lower: (value) => hasCase(toStr(value)) && toStr(value) === toStr(value).toLowerCase(),
  upper: (value) => hasCase(toStr(value)) && toStr(value) === toStr(value).toUpperCase(),
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
  subset,
  issubset: subset,
  superset,
  issuperset: superset,
  version: versionTest,
  version_compare: versionTest,
  filter: (value) => Object.hasOwn(FILTERS, toStr(value)),
  test: (value) => Object.hasOwn(TESTS, toStr(value)),
  ...ANSIBLE_TESTS,
  truthy: (value) => truth(value),
  falsy: (value) => !truth(value),
};
