import { SlothError } from "./errors.ts";
import type { Match } from "./search.ts";

export interface RegexpOptions {
  /** `^` and `$` match at every line. */
  readonly multiline?: boolean | undefined;
  readonly ignoreCase?: boolean | undefined;
  /** `.` matches a line's end too. */
  readonly dotAll?: boolean | undefined;
}

/**
 * A regular expression of a workflow: ECMAScript's, with what Ansible users write besides: `(?P<name>…)`, `(?P=name)`, leading `(?i)`, `(?m)`,
 * `(?s)`, `\A`, `\Z`. `.`, `^` and `$` take only `\n` as the end of a line, so that a `\r` is an ordinary character, and `$` also matches
 * before a last `\n`. What else other dialects have is refused: E_REGEXP, never guessed.
 */
export function compileRegexp(pattern: string, options: RegexpOptions = {}): RegExp {
  const [, leading = "", rest = pattern] = /^\(\?([a-zA-Z]+)\)([^]*)$/.exec(pattern) ?? [];
  const unknown = /[^ims]/.exec(leading)?.[0];
  if (unknown !== undefined) throw refused(pattern, `the flag (?${unknown})`, "known flags are i, m and s");
  const multiline = options.multiline === true || leading.includes("m");
  const dotAll = options.dotAll === true || leading.includes("s");
  const source = translate(rest, multiline, dotAll);
  try {
    const compiled = new RegExp(source, options.ignoreCase === true || leading.includes("i") ? "iu" : "u");
    written.set(compiled, pattern);
    return compiled;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.replace(/^Invalid regular expression: /, "") : "it is not valid";
    throw new SlothError("E_REGEXP", `the regular expression '${pattern}' cannot be used: ${why}`, { cause });
  }
}

const written = new WeakMap<RegExp, string>();

/** A pattern as the user wrote it. */
export function writtenAs(regexp: RegExp): string {
  return written.get(regexp) ?? regexp.source;
}

/** What is wrong with a pattern, for a schema's rule. */
export function regexpMistake(field: string, pattern: string | undefined): string | undefined {
  if (pattern === undefined) return undefined;
  try {
    compileRegexp(pattern);
  } catch (error) {
    if (error instanceof SlothError)
      return `'${field}': ${error.message}${error.hint === undefined ? "" : `; ${error.hint}`}`;
    throw error;
  }
  return undefined;
}

function translate(pattern: string, multiline: boolean, dotAll: boolean): string {
  // One token each: a class, a group's head, an escape, a quantifier, one character.
  const token =
    /\[\^?(?:\\[^]|[^\]\\])*\]|\(\?(?:P?<[A-Za-z_]\w*>|P=\w+\)|<[=!]|[=!:]|-?i:|#[^)]*\)|[^])|\\(?:[1-9]\d*|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|c[A-Za-z]|k<\w+>|[pP]\{[^}]*\}|[^])|[*+?]\+|\{\d*,?\d*\}\+?|[^]/guy;
  return [...pattern.matchAll(token)].map(([piece]) => translated(piece, pattern, multiline, dotAll)).join("");
}

function translated(piece: string, pattern: string, multiline: boolean, dotAll: boolean): string {
  if (piece.startsWith("[") && piece.length > 1) return characterClass(piece, pattern);
  if (piece.startsWith("\\")) return escape(piece, pattern);
  if (piece.startsWith("(?")) return groupHead(piece, pattern);
  if (/^([*+?]|\{.+\})\+$/.test(piece)) throw refused(pattern, `the possessive quantifier ${piece}`);
  if (piece === "^") return multiline ? "(?<![^\\n])" : "(?<![^])";
  if (piece === "$") return multiline ? "(?![^\\n])" : "(?=\\n?(?![^]))";
  if (piece === ".") return dotAll ? "[^]" : "[^\\n]";
  if (/^\{(\d+(,\d*)?|,\d+)\}$/.test(piece)) return piece.replace("{,", "{0,");
  return /^[{}\]]/.test(piece) ? piece.replace(/[{}\]]/g, "\\$&") : piece;
}

function groupHead(piece: string, pattern: string): string {
  if (piece.startsWith("(?P<")) return `(?<${piece.slice(4)}`;
  if (piece.startsWith("(?P=")) return `\\k<${piece.slice(4, -1)}>`;
  if (piece.startsWith("(?#")) return "";
  if (/^\(\?(<[=!]|<\w+>|[=!:]|-?i:)$/.test(piece)) return piece;
  const names: Readonly<Record<string, string>> = {
    "(?>": "an atomic group (?>…)",
    "(?(": "a conditional (?(…)…)",
    "(?|": "a branch reset (?|…)",
    "(?R": "a recursion (?R)",
  };
  throw refused(pattern, names[piece] ?? `${piece}…`, "flags such as (?i) stand at the very beginning");
}

function escape(piece: string, pattern: string): string {
  const letter = piece.charAt(1);
  if (piece === "\\A") return "(?<![^])";
  if (piece === "\\Z") return "(?![^])";
  if (piece === "\\a") return "\\x07";
  if (/^[dDwWsSbBnrtfv0]$/.test(piece.slice(1)) || piece.length > 2) return piece;
  if (/[0-9]/.test(letter)) return piece;
  if (/[A-Za-z]/.test(letter) || piece.length < 2) throw refused(pattern, piece === "\\" ? "the \\ at the end" : piece);
  return literal(letter, piece);
}

/** A character that stands for itself, escaped or not, as the `u` flag takes it. */
function literal(letter: string, piece: string): string {
  if (/[\^$\\.*+?()[\]{}|/]/.test(letter)) return `\\${letter}`;
  return `\\u{${(piece.codePointAt(1) ?? 0).toString(16)}}`;
}

function characterClass(piece: string, pattern: string): string {
  if (piece === "[]" || piece === "[^]")
    throw refused(pattern, `a class that begins with ]`, "write \\] for the bracket, [\\s\\S] for anything");
  const posix = /\[:\w+:\]?/.exec(piece.slice(1))?.[0];
  if (posix !== undefined) throw refused(pattern, posix, "write \\s, \\d, \\w, a-z or A-Z");
  return piece.replace(/\\([^])/gu, (whole, letter: string) => {
    if (letter === "-") return "\\-";
    if (/[dDwWsSbnrtfv0xucpP]/.test(letter)) return whole;
    if (/[A-Za-z0-9]/.test(letter)) throw refused(pattern, `${whole} in a class`);
    return literal(letter, whole);
  });
}

function refused(pattern: string, what: string, hint = "regular expressions are ECMAScript's"): SlothError {
  return new SlothError("E_REGEXP", `the regular expression '${pattern}' has ${what}, which is not known here`, {
    hint,
  });
}

/**
 * What a replacement makes of a match, as in Python: `\1`, `\g<1>`, `\g<name>`, `\g<0>` for groups (empty when they did not take part), `\n`, `\t`,
 * `\r`, `\\`; before other punctuation the backslash stays. Other escapes are refused.
 */
export function expandReplacement(replacement: string, match: Match): string {
  return replacement.replace(
    /\\(?:g<([^>]*)>|([1-9]\d?)|([^]))/g,
    (whole, name?: string, number?: string, other?: string) => {
      if (name !== undefined) return groupNamed(name, match);
      if (number !== undefined) return groupNamed(number, match);
      const control: Readonly<Record<string, string>> = {
        n: "\n",
        t: "\t",
        r: "\r",
        f: "\f",
        v: "\v",
        a: "\x07",
        "\\": "\\",
      };
      const letter = other ?? "";
      if (letter in control) return control[letter] ?? "";
      if (!/[A-Za-z0-9]/.test(letter)) return whole;
      throw new SlothError("E_REGEXP", `${whole} in '${replacement}' is not known`, {
        hint: "write \\\\ for a backslash",
      });
    },
  );
}

function groupNamed(name: string, match: Match): string {
  if (/^\d+$/.test(name) && Number(name) < match.length) return match[Number(name)] ?? "";
  if (match.groups !== undefined && Object.hasOwn(match.groups, name)) return match.groups[name] ?? "";
  throw new SlothError("E_REGEXP", `the regular expression has no group '${name}'`);
}
