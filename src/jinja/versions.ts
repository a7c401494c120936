import { TemplateFailure } from "./failure.ts";
import type { Given } from "./given.ts";
import { toStr, truth } from "./values.ts";

/** `is version(other, operator, strict, version_type)`. */
export function versionTest(value: unknown, given: Given): boolean {
  const other = given.value(0, "version");
  const operator = OPERATORS[given.text(1, "operator", "eq")];
  const strict = given.value(2, "strict", null);
  const type = given.value(3, "version_type", null);
  if (strict !== null && type !== null) throw new TemplateFailure("takes either 'strict' or 'version_type'");
  if (!truth(value) || !truth(other)) throw new TemplateFailure("an empty text is no version");
  const name = type === null ? (truth(strict) ? "strict" : "loose") : toStr(type);
  const compare = Object.hasOwn(TYPES, name) ? TYPES[name] : undefined;
  if (compare === undefined)
    throw new TemplateFailure(`there is no version_type '${name}'; known are ${Object.keys(TYPES).join(", ")}`);
  if (operator === undefined)
    throw new TemplateFailure(`the operator must be one of ${Object.keys(OPERATORS).join(" ")}`);
  return operator(compare(toStr(value), toStr(other)));
}

type Order = (way: number) => boolean;
const eq: Order = (way) => way === 0;
const ne: Order = (way) => way !== 0;
const lt: Order = (way) => way < 0;
const le: Order = (way) => way <= 0;
const gt: Order = (way) => way > 0;
const ge: Order = (way) => way >= 0;

const OPERATORS: Readonly<Record<string, Order>> = {
  "==": eq,
  "=": eq,
  eq,
  "<": lt,
  lt,
  "<=": le,
  le,
  ">": gt,
  gt,
  ">=": ge,
  ge,
  "!=": ne,
  "<>": ne,
  ne,
};

type Compare = (left: string, right: string) => number;

const TYPES: Readonly<Record<string, Compare>> = {
  loose: (left, right) => inOrder(loose(left), loose(right)),
  strict: (left, right) => inOrder(strictParts(left), strictParts(right)),
  semver: semantic,
  semantic,
};

type Part = bigint | string;

/** Numbers, runs of letters, and whatever stands between them but dots. */
function loose(version: string): readonly Part[] {
  return version
    .split(/(\d+|[a-z]+|\.)/)
    .filter((part) => part !== "" && part !== ".")
    .map((part) => (/^\d+$/.test(part) ? BigInt(part) : part));
}

function inOrder(left: readonly Part[], right: readonly Part[]): number {
  for (const [index, one] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    if (one === other) continue;
    if (typeof one !== typeof other) throw new TemplateFailure(`${one} and ${other} cannot be compared`);
    return one < other ? -1 : 1;
  }
  return left.length - right.length;
}

/** `1.2`, `1.2.3`, `1.2b1`; what comes before a release is lower. */
function strictParts(version: string): readonly Part[] {
  const [, major, minor, patch = "0", letter, number = "0"] =
    /^(\d+)\.(\d+)(?:\.(\d+))?(?:([ab])(\d+))?$/.exec(version) ?? [];
  if (major === undefined || minor === undefined) throw new TemplateFailure(`'${version}' is no version such as 1.2.3`);
  return [BigInt(major), BigInt(minor), BigInt(patch), letter ?? "release", BigInt(number)];
}

const SEMANTIC =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?$/;

function semantic(left: string, right: string): number {
  const [one, other] = [left, right].map((version) => {
    const match = SEMANTIC.exec(version);
    if (match === null) throw new TemplateFailure(`'${version}' is no version such as 1.2.3-rc.1`);
    return { numbers: match.slice(1, 4).map(BigInt), before: match[4]?.split(".") };
  });
  const way = inOrder(one?.numbers ?? [], other?.numbers ?? []);
  return way === 0 ? beforeRelease(one?.before, other?.before) : way;
}

/** What comes before a release is lower than it; in it numbers are lower than words. */
function beforeRelease(left: readonly string[] | undefined, right: readonly string[] | undefined): number {
  if (left === undefined || right === undefined) return Number(right !== undefined) - Number(left !== undefined);
  for (const [index, one] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    const [isNumber, isOtherNumber] = [/^\d+$/.test(one), /^\d+$/.test(other)];
    if (isNumber !== isOtherNumber) return isNumber ? -1 : 1;
    const way = isNumber ? inOrder([BigInt(one)], [BigInt(other)]) : inOrder([one], [other]);
    if (way !== 0) return way;
  }
  return left.length - right.length;
}
