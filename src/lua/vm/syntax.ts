import { blockLeftOpen } from "./open-block.ts";
import { otherLanguages } from "./other-languages.ts";

/** A mistake of syntax in the words of whoever made it. */
export interface Explained {
  readonly message: string;
  readonly hint?: string | undefined;
  readonly line: number;
}

interface Seen {
  /** What Lua says, and of which line. */
  readonly said: string;
  readonly line: number;
  readonly source: string;
  /** The line, and it without texts and comments. */
  readonly text: string;
  readonly bare: string;
  /** The whole source without texts and comments, line by line. */
  readonly lines: readonly string[];
}

/** What Lua said of a file, told by what was likely meant. */
export function explainSyntax(said: string, line: number, source: string): Explained {
  const lines = withoutTexts(source).split("\n");
  const at = Math.min(line, lines.length) - 1;
  const seen = { said, line, source, lines, bare: lines[at] ?? "", text: source.split("\n")[at] ?? "" };
  for (const rule of RULES) {
    const found = rule(seen);
    if (found !== undefined) return { line, ...found };
  }
  return { message: said, line };
}

/** One kind of mistake: what was meant, where it is that. */
export type Rule = (seen: Seen) => { message: string; hint?: string; line?: number } | undefined;

const RULES: readonly Rule[] = [
  ...otherLanguages,
  quotes,
  comment,
  operator,
  colon,
  comma,
  elseIf,
  missingEnd,
  unfinished,
];

function quotes({ text, bare, said }: Seen): ReturnType<Rule> {
  const quote = /[\u2018\u2019\u201c\u201d\u201e\u00ab\u00bb]/.exec(text)?.[0] ?? /near '`'$/.exec(said)?.[0].at(-2);
  if (quote !== undefined)
    return { message: `${quote} is no quote of Lua's`, hint: `write "…" or '…', straight quotes` };
  if (!/near '\w+'$/.test(said) || !/""\w/.test(bare) || !/'[^']*'\w/.test(text)) return undefined;
  return { message: "the text ends at its second '", hint: `write "it's", in double quotes` };
}

/** Where it begins a line, or stands where nothing else could. */
function comment({ bare, said }: Seen): ReturnType<Rule> {
  const mark = /^\s*(#|\/\/)/.exec(bare)?.[1] ?? (said === "unexpected symbol near '#'" ? "#" : undefined);
  return mark === undefined ? undefined : { message: `${mark} begins no comment`, hint: "a comment begins with --" };
}

function unfinished({ said, bare }: Seen): ReturnType<Rule> {
  if (!said.startsWith("unfinished string near")) return undefined;
  const quote = /["']/.exec(bare.replaceAll('""', ""))?.[0];
  const which = quote === undefined ? "a text" : `the text that begins with ${quote}`;
  return { message: `${which} is not closed on its line`, hint: "several lines stand in [[ and ]]" };
}

const OPERATORS: readonly (readonly [written: RegExp, shown: string, meant: string])[] = [
  [/!=/, "!=", "not equal is ~="],
  [/&&/, "&&", "it is written and"],
  [/\|\|/, "||", "it is written or"],
  [/![\w(]/, "!", "it is written not"],
  [/[-+*/]=/, "+=", "write x = x + 1"],
  [/\+\+/, "++", "write x = x + 1"],
  [/\?\?|\?\./, "?", "test for nil with if, or use or"],
];

function operator({ bare }: Seen): ReturnType<Rule> {
  const found = OPERATORS.find(([written]) => written.test(bare));
  return found && { message: `${found[1]} is no operator of Lua's`, hint: found[2] };
}

/** `name: "x"` in a table, or `"name": "x"`. */
function colon({ bare, text }: Seen): ReturnType<Rule> {
  const quoted = /""\s*:/.test(bare) ? /["']([\w-]+)["']\s*:/.exec(text) : null;
  const name = (quoted ?? /(?:^|[{,(])\s*([\w-]+)\s*:(?!:|\w+\s*[({"'])/.exec(bare))?.[1];
  if (name === undefined) return undefined;
  return { message: "a field is written with =, not with a colon", hint: `write ${name} = …` };
}

/** `dest = …` after a line that does not end with one. */
function comma({ said, line, lines }: Seen): ReturnType<Rule> {
  const near = /^'\}' expected .*near '(\w+)'/.exec(said)?.[1];
  const before = lines.slice(0, line - 1).findLastIndex((text) => text.trim() !== "");
  if (near === undefined || !new RegExp(`\\b${near}\\b\\s*=`).test(lines[line - 1] ?? "")) return undefined;
  const isFirst = new RegExp(`^\\s*${near}\\b`).test(lines[line - 1] ?? "");
  if (isFirst && /[,{]\s*$/.test(lines[before] ?? "")) return undefined;
  return { message: `a comma is missing before '${near}'`, hint: "fields are separated by commas" };
}

function elseIf({ said, lines }: Seen): ReturnType<Rule> {
  if (!said.startsWith("'end' expected")) return undefined;
  const at = lines.findIndex((text) => /\belse\s+if\b/.test(text));
  return at === -1
    ? undefined
    : {
        message: "'else if' begins a further block, which is not closed",
        hint: "write elseif, one word",
        line: at + 1,
      };
}

function missingEnd({ said, line, lines }: Seen): ReturnType<Rule> {
  const open = blockLeftOpen(lines);
  const goesOn = /[,{(]\s*$/.test(lines.join("\n"));
  const atTheEnd =
    /^'(end|until)' expected|^'[})]' expected .*near <eof>|near 'end'$/.test(said) ||
    (goesOn && said.endsWith("near <eof>"));
  if (open === undefined || !(atTheEnd || (open.isCertain && /near '[,})]'$/.test(said)))) return undefined;
  const message = `the ${open.word} of this line is not closed`;
  return { message, hint: `an ${open.closedBy} is missing, noticed at line ${line}`, line: open.line };
}

const SKIPPED = /--\[(=*)\[[^]*?\]\1\]|--[^\n]*|\[(=*)\[[^]*?\]\2\]|"(?:[^"\\\n]|\\[^])*"|'(?:[^'\\\n]|\\[^])*'/g;

/** Texts become empty ones and comments nothing; every line keeps its place. */
function withoutTexts(source: string): string {
  return source.replace(SKIPPED, (part) => (part.startsWith("--") ? "" : '""') + part.replace(/[^\n]/g, ""));
}
