import { TemplateFailure } from "./failure.ts";
import { splitUrl } from "./url-filters.ts";
import type { Given } from "./given.ts";
import { isDict, items, textOf, toStr, truth, typeName } from "./values.ts";

type Test = (value: unknown, given: Given) => boolean;

const isAbsolute: Test = (value) => textOf(value).startsWith("/");
const isNaNumber: Test = (value) => typeof value === "number" && Number.isNaN(value);
const changed: Test = (value) => {
  const { has, result } = resultOf(value);
  const results = result.get("results");
  if (result.has("changed") || !Array.isArray(results)) return has("changed");
  return results.some((one: unknown) => isDict(one) && truth(one.get("changed") ?? false));
};
const failed: Test = (value) => resultOf(value).has("failed");
const succeeded: Test = (value) => !resultOf(value).has("failed");
const skipped: Test = (value) => resultOf(value).has("skipped");
const unreachable: Test = (value) => resultOf(value).has("unreachable");

/** Tests of Ansible that look at what a call answered, at paths and at URLs. */
export const ANSIBLE_TESTS: Readonly<Record<string, Test>> = {
  abs: isAbsolute,
  is_abs: isAbsolute,
  all: (value) => items(value).every(truth),
  any: (value) => items(value).some(truth),
  nan: isNaNumber,
  isnan: isNaNumber,
  change: changed,
  changed,
  escaped: () => false,
  failed,
  failure: failed,
  reachable: (value) => !resultOf(value).has("unreachable"),
  skip: skipped,
  skipped,
  succeeded,
  success: succeeded,
  successful: succeeded,
  unreachable,
  timedout: (value) => {
    const { result } = resultOf(value);
    const timed = result.get("timedout");
    return isDict(timed) && truth(timed.get("period") ?? false);
  },
  uri: (value, given) => hasScheme(value, schemesOf(given)),
  url: (value, given) => hasScheme(value, schemesOf(given)) && isLocated(value),
  urn: (value) => hasScheme(value, ["urn"]),
};

function resultOf(value: unknown): { readonly result: Map<string, unknown>; readonly has: (name: string) => boolean } {
  if (!isDict(value)) throw new TemplateFailure(`needs what a call answered, not a ${typeName(value)}`);
  return { result: value, has: (name) => truth(value.get(name) ?? false) };
}

function schemesOf(given: Given): readonly string[] {
  return items(given.value(0, "schemes", [])).map(toStr);
}

function hasScheme(value: unknown, schemes: readonly string[]): boolean {
  return typeof value === "string" && (schemes.length === 0 || schemes.includes(partOf(value, "scheme")));
}

function isLocated(value: unknown): boolean {
  return partOf(value, "netloc") !== "" || partOf(value, "scheme") === "file";
}

function partOf(value: unknown, part: "scheme" | "netloc"): string {
  return splitUrl(textOf(value))[part];
}
