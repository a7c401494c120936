import { floatText } from "./values.ts";

/** How a text may be written, as libyaml decides it; it is what Ansible writes with. */
export interface ScalarForm {
  readonly text: string;
  readonly isMultiline: boolean;
  /** Plain, in a flow collection and outside of one. */
  readonly plainInFlow: boolean;
  readonly plainInBlock: boolean;
  readonly singleQuoted: boolean;
}

const RESOLVED =
  /^(|~|null|Null|NULL|true|True|TRUE|false|False|FALSE|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF|=|<<|[-+]?(0b[01_]+|0[0-7_]+|0|[1-9][\d_]*|0x[\da-fA-F_]+|[1-9][\d_]*(:[0-5]?\d)+)|[-+]?(\d[\d_]*\.[\d_]*([eE][-+]\d+)?|\d[\d_]*(:[0-5]?\d)+\.[\d_]*|\.(inf|Inf|INF))|\.\d[\d_]*([eE][-+]\d+)?|\.(nan|NaN|NAN)|\d{4}-\d\d-\d\d|\d{4}-\d\d?-\d\d?([Tt]|[ \t]+)\d\d?:\d\d:\d\d(\.\d*)?([ \t]*(Z|[-+]\d\d?(:\d\d)?))?)$/;

function isPrintable(character: string): boolean {
  return /^[\n\x20-\x7e\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd]$/.test(character);
}

export function isBreak(character: string | undefined): boolean {
  return character !== undefined && /^[\r\n\x85\u2028\u2029]$/.test(character);
}

const isBlank = (character: string | undefined): boolean =>
  character === undefined || character === " " || character === "\t" || isBreak(character);

/** A text; plain only where it would be read as one. */
export function formOfText(text: string): ScalarForm {
  const characters = Array.from(text);
  const has = seen(characters);
  const edges = /^[\s]|[\s]$/.test(text) && /^[ \r\n\x85\u2028\u2029]|[ \r\n\x85\u2028\u2029]$/.test(text);
  const isMultiline = characters.some(isBreak);
  const isSpecial = characters.some((character) => !isPrintable(character));
  const spaceBreak = / [\r\n\x85\u2028\u2029]/.test(text);
  const breakSpace = /[\r\n\x85\u2028\u2029] /.test(text);
  const plain = text !== "" && !edges && !isMultiline && !isSpecial && !RESOLVED.test(text);
  return {
    text,
    isMultiline,
    plainInFlow: plain && !has.flow,
    plainInBlock: plain && !has.block,
    singleQuoted: !spaceBreak && !breakSpace && !isSpecial,
  };
}

/** Characters that mean something where they stand: in a flow collection, and everywhere. */
function seen(characters: readonly string[]): { readonly flow: boolean; readonly block: boolean } {
  const start = characters.slice(0, 3).join("");
  let block = start === "---" || start === "...";
  let flow = block;
  characters.forEach((character, at) => {
    const followed = isBlank(characters[at + 1]);
    const everywhere =
      at === 0
        ? "#,[]{}&*!|>'\"%@`".includes(character) || ("?:-".includes(character) && followed)
        : (character === ":" && followed) || (character === "#" && isBlank(characters[at - 1]));
    block ||= everywhere;
    flow ||= everywhere || (at === 0 ? "?:" : ",?[]{}:").includes(character);
  });
  return { flow, block };
}

/** What is no text is always plain. */
export function formOfPlain(text: string): ScalarForm {
  return { text, isMultiline: false, plainInFlow: true, plainInBlock: true, singleQuoted: true };
}

export function yamlFloat(value: number): string {
  const text = floatText(value).replace(/inf$/, ".inf").replace("nan", ".nan");
  return text.includes(".") ? text : text.replace("e", ".0e");
}

const NAMED: Readonly<Record<string, string>> = {
  "\0": "0",
  "\x07": "a",
  "\b": "b",
  "\t": "t",
  "\n": "n",
  "\v": "v",
  "\f": "f",
  "\r": "r",
  "\x1b": "e",
  '"': '"',
  "\\": "\\",
  "\x85": "N",
  "\u00a0": "_",
  "\u2028": "L",
  "\u2029": "P",
};

/** A character between double quotes; undefined: it stands for itself. */
export function escaped(character: string): string | undefined {
  if (isPrintable(character) && !isBreak(character) && character !== '"' && character !== "\\") return undefined;
  const named = NAMED[character];
  if (named !== undefined) return `\\${named}`;
  const code = character.codePointAt(0) ?? 0;
  const [letter, digits] = code <= 0xff ? ["x", 2] : code <= 0xffff ? ["u", 4] : ["U", 8];
  return `\\${letter}${code.toString(16).toUpperCase().padStart(Number(digits), "0")}`;
}
