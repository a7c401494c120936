/**
 * Text fit for one line of a terminal: control characters, lone surrogates (bytes that were not UTF-8), and characters
 * that turn the direction of text or hide it are shown as escapes, so that no name can forge a line or move the cursor.
 */
export function printable(text: string): string {
  if (!UNPRINTABLE.test(text)) return text;
  return text.replaceAll(new RegExp(UNPRINTABLE, "gu"), escaped);
}

/** As `printable`, of several lines: newlines and tabs stay. */
export function printableLines(text: string): string {
  return text
    .split("\n")
    .map((line) => line.split("\t").map(printable).join("\t"))
    .join("\n");
}

const UNPRINTABLE = /[\p{Cc}\p{Cs}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/u;

function escaped(character: string): string {
  const named: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };
  const code = character.codePointAt(0) ?? 0;
  const byte = code >= 0xdc80 && code <= 0xdcff ? code - 0xdc00 : code;
  return named[character] ?? (byte <= 0xff ? `\\x${hex(byte, 2)}` : `\\u${hex(byte, 4)}`);
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}
