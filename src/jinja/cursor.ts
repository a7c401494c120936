import { TemplateFailure } from "./failure.ts";
import type { Token } from "./lexer.ts";

/** Where the parser stands in the tokens. */
export interface Cursor {
  readonly tokens: readonly Token[];
  at: number;
}

export function peek({ tokens, at }: Cursor, ahead = 0): Token {
  return tokens[Math.min(at + ahead, tokens.length - 1)] ?? { type: "end", text: "", line: 0 };
}

export function next(cursor: Cursor): Token {
  const token = peek(cursor);
  cursor.at++;
  return token;
}

/** An operator, a word or a tag's end, by its text. Strings do not count. */
export function isAt(cursor: Cursor, ...texts: readonly string[]): boolean {
  const token = peek(cursor);
  return token.type !== "string" && token.type !== "text" && texts.includes(token.text);
}

export function skip(cursor: Cursor, text: string): boolean {
  if (!isAt(cursor, text)) return false;
  cursor.at++;
  return true;
}

export function need(cursor: Cursor, text: string): Token {
  if (isAt(cursor, text)) return next(cursor);
  throw unexpected(peek(cursor), `'${text}'`);
}

export function needName(cursor: Cursor): Token {
  const token = next(cursor);
  if (token.type === "name") return token;
  throw unexpected(token, "a name");
}

export function unexpected(token: Token, expected: string): TemplateFailure {
  const found = token.type === "end" ? "the end of the template" : `'${token.text}'`;
  return new TemplateFailure(`found ${found}, expected ${expected}`, token.line);
}
