import { TemplateFailure } from "./failure.ts";
import type { Given } from "./given.ts";
import { textOf } from "./values.ts";

/** `wordwrap`, line by line as Python's textwrap does. */
export function wordwrap(value: unknown, given: Given): string {
  const width = given.number(0, "width", 79);
  const breaksWords = given.flag(1, "break_long_words", true);
  const end = given.value(2, "wrapstring", null);
  const breaksHyphens = given.flag(3, "break_on_hyphens", true);
  const between = end === null ? "\n" : textOf(end);
  const text = textOf(value);
  if (width <= 0 && text !== "") throw new TemplateFailure("'width' must be above 0");
  const lines =
    text === ""
      ? []
      : text
          .replace(/\r\n?|\n$|[\v\f\x1c-\x1e\x85\u2028\u2029]/g, (found, at: number) => {
            return at + found.length === text.length ? "" : "\n";
          })
          .split("\n");
  return lines.map((line) => wrapped(line, { width, breaksWords, breaksHyphens }).join(between)).join(between);
}

interface Wrapping {
  readonly width: number;
  readonly breaksWords: boolean;
  readonly breaksHyphens: boolean;
}

const WORD = "[\\p{L}\\p{N}_]";
const LETTER = "[\\p{L}_]";
const PUNCTUATED = `[\\p{L}\\p{N}_!"'&.,?]`;
/** Blanks; dashes between words; a word, up to a hyphen in it, its end, or dashes. */
const CHUNK = new RegExp(
  `([\\t\\n\\v\\f\\r ]+|(?<=${PUNCTUATED})-{2,}(?=${WORD})|[^\\t\\n\\v\\f\\r ]+?(?:` +
    `-(?:(?<=${LETTER}{2}-)|(?<=${LETTER}-${PUNCTUATED}-))(?=${LETTER}-?${LETTER})` +
    `|(?=[\\t\\n\\v\\f\\r ]|$)|(?<=${PUNCTUATED})(?=-{2,}${WORD})))`,
  "u",
);

function wrapped(line: string, wrapping: Wrapping): readonly string[] {
  const { width } = wrapping;
  const left = line.split(wrapping.breaksHyphens ? CHUNK : /([\t\n\v\f\r ]+)/u).filter((chunk) => chunk !== "");
  left.reverse();
  const lines: string[] = [];
  while (left.length > 0) {
    if (lines.length > 0 && isBlank(left.at(-1))) left.pop();
    const made = lineFrom(left, wrapping);
    if (isBlank(made.at(-1))) made.pop();
    if (made.length > 0) lines.push(made.join(""));
    if (made.length === 0 && left.length > 0 && length(left.at(-1)) > width && !wrapping.breaksWords) break;
  }
  return lines;
}

/** As many chunks as fit, and a part of one that would fit on no line. */
function lineFrom(left: string[], { width, breaksWords, breaksHyphens }: Wrapping): string[] {
  const made: string[] = [];
  let taken = 0;
  while (left.length > 0 && taken + length(left.at(-1)) <= width) {
    const chunk = left.pop() ?? "";
    taken += length(chunk);
    made.push(chunk);
  }
  if (left.length === 0 || length(left.at(-1)) <= width) return made;
  const long = left.pop() ?? "";
  if (!breaksWords) {
    if (made.length === 0) made.push(long);
    else left.push(long);
    return made;
  }
  const letters = Array.from(long);
  const at = breakAt(letters, width - taken, breaksHyphens);
  made.push(letters.slice(0, at).join(""));
  left.push(letters.slice(at).join(""));
  return made;
}

function breakAt(letters: readonly string[], room: number, breaksHyphens: boolean): number {
  const hyphen = breaksHyphens ? letters.slice(0, room).lastIndexOf("-") : -1;
  return hyphen > 0 && letters.slice(0, hyphen).some((letter) => letter !== "-") ? hyphen + 1 : room;
}

function length(chunk: string | undefined): number {
  return Array.from(chunk ?? "").length;
}

function isBlank(chunk: string | undefined): boolean {
  return chunk !== undefined && chunk.trim() === "";
}
