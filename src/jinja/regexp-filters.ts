import { compileRegexp, expandReplacement } from "../base/regexp.ts";
import type { Match } from "../base/search.ts";
import { TemplateFailure } from "./failure.ts";
import type { Filter, Given } from "./given.ts";
import { toStr } from "./values.ts";

export const REGEXP_FILTERS: Readonly<Record<string, Filter>> = {
  regex_escape: (value, given) => {
    const type = given.text(0, "re_type", "python");
    if (type === "python") return toStr(value).replace(/[\\^$.|?*+()[\]{}#&~\s-]/g, "\\$&");
    if (type === "posix_basic") return toStr(value).replace(/[\].[^$*\\]/g, "\\$&");
    throw new TemplateFailure(`'re_type' must be python or posix_basic, not ${type}`);
  },
  regex_findall: (value, given) => {
    const found = [...given.engine.patterns.every(compiled(given, 1, 2), toStr(value))];
    return found.map((match) => {
      const [whole, ...groups] = Array.from(match);
      return groups.length <= 1 ? (groups[0] ?? whole) : groups.map((group) => group ?? "");
    });
  },
  regex_replace: (value, given) => {
    const replacement = toStr(given.value(1, "replacement", ""));
    const most = given.number(4, "count", 0);
    const text = toStr(value);
    const matches = given.engine.patterns.every(compiled(given, 2, 3), text);
    return replacedAll(text, matches, replacement, most);
  },
  regex_search: (value, given) => {
    const match = given.engine.patterns.first(compiled(given, Infinity, Infinity), toStr(value));
    const groups = given.rest(1);
    if (match === undefined) return null;
    return groups.length > 0 ? groups.map((group) => expandReplacement(toStr(group), match)) : match[0];
  },
};

function compiled(given: Given, ignoreAt: number, multilineAt: number): RegExp {
  const ignoreCase = given.flag(ignoreAt, "ignorecase");
  const multiline = given.flag(multilineAt, "multiline");
  return compileRegexp(given.text(0, "pattern"), { ignoreCase, multiline });
}

function replacedAll(text: string, matches: Iterable<Match>, replacement: string, most: number): string {
  let made = "";
  let from = 0;
  let count = 0;
  for (const match of matches) {
    if (most > 0 && ++count > most) break;
    made += text.slice(from, match.index) + expandReplacement(replacement, match);
    from = match.index + (match[0] ?? "").length;
  }
  return made + text.slice(from);
}
