import { TemplateFailure } from "./failure.ts";

export type Token =
  | { readonly type: "text"; readonly text: string; readonly line: number }
  | { readonly type: "open" | "close"; readonly text: "{{" | "}}" | "{%" | "%}"; readonly line: number }
  | {
      readonly type: "name" | "operator" | "string" | "integer" | "float";
      readonly text: string;
      readonly line: number;
    }
  | { readonly type: "end"; readonly text: ""; readonly line: number };

export interface LexerOptions {
  /** The newline after a block's end belongs to the block. */
  readonly trimBlocks: boolean;
  /** Blanks before a block that begins a line belong to the block. */
  readonly lstripBlocks: boolean;
}

const OPENING = /\{\{|\{%|\{#/g;
const RAW = /\{%([-+]?)\s*raw\s*([-+]?)%\}/y;
const END_RAW = /\{%([-+]?)\s*endraw\s*([-+]?)%\}/g;
const TOKEN =
  /\s+|(?<name>[\p{L}_][\p{L}\p{N}_]*)|(?<float>\d[\d_]*(?:\.\d[\d_]*(?:[eE][-+]?\d+)?|[eE][-+]?\d+))|(?<integer>0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|\d[\d_]*)|(?<string>'(?:[^'\\]|\\[^])*'|"(?:[^"\\]|\\[^])*")|(?<operator>\*\*|\/\/|==|!=|<=|>=|[-+*/%~<>=.,:|()[\]{}])/uy;

/** Text, and the tokens within `{{ }}` and `{% %}`. Comments are left out; whitespace control is done. Line ends become `\n`. */
export function tokenize(template: string, { trimBlocks, lstripBlocks }: LexerOptions): readonly Token[] {
  const source = template.replace(/\r\n?/g, "\n");
  const tokens: Token[] = [];
  const lineAt = lineCounter(source);
  let position = 0;
  let strip = false;

  /** Text up to a tag: `-` in the tag takes the blanks before it, lstrip those on its line. */
  const text = (end: number, sign: string, block: boolean): void => {
    let part = source.slice(position, end);
    if (strip) part = part.trimStart();
    if (sign === "-") part = part.trimEnd();
    else if (block && lstripBlocks && sign !== "+") {
      const begins = part.lastIndexOf("\n") + 1;
      const fromStart = begins > 0 || position === 0 || source.charAt(position - 1) === "\n";
      if (fromStart && part.slice(begins).trim() === "") part = part.slice(0, begins);
    }
    if (part !== "") tokens.push({ type: "text", text: part, line: lineAt(position) });
  };
  /** After a tag's end: what its sign and trim_blocks take of the text that follows. */
  const after = (end: number, sign: string, block: boolean): void => {
    strip = sign === "-";
    position = block && trimBlocks && sign === "" && source.charAt(end) === "\n" ? end + 1 : end;
  };

  OPENING.lastIndex = 0;
  for (let found = opening(source, 0); found !== null; found = opening(source, position)) {
    const { start, kind } = found;
    const sign = /^[-+]/.exec(source.slice(start + 2, start + 3))?.[0] ?? "";
    text(start, sign, kind !== "{{");
    if (kind === "{#") {
      const end = source.indexOf("#}", start + 2);
      if (end === -1) throw new TemplateFailure("the comment is not closed with #}", lineAt(start));
      const last = source.charAt(end - 1);
      after(end + 2, end - 1 > start + 1 && (last === "-" || last === "+") ? last : "", true);
      continue;
    }
    RAW.lastIndex = start;
    const raw = kind === "{%" ? RAW.exec(source) : null;
    if (raw !== null) {
      after(RAW.lastIndex, raw[2] ?? "", false);
      END_RAW.lastIndex = position;
      const end = END_RAW.exec(source);
      if (end === null) throw new TemplateFailure("{% raw %} is not closed with {% endraw %}", lineAt(start));
      text(end.index, end[1] ?? "", true);
      after(END_RAW.lastIndex, end[2] ?? "", true);
      continue;
    }
    const closing = tagTokens(source, start, kind === "{{" ? "{{" : "{%", sign, tokens, lineAt);
    after(closing.end, closing.sign, kind === "{%");
  }
  text(source.length, "", false);
  tokens.push({ type: "end", text: "", line: lineAt(source.length) });
  return tokens;
}

function opening(source: string, from: number): { readonly start: number; readonly kind: string } | null {
  OPENING.lastIndex = from;
  const found = OPENING.exec(source);
  return found === null ? null : { start: found.index, kind: found[0] };
}

function tagTokens(
  source: string,
  start: number,
  kind: "{{" | "{%",
  openingSign: string,
  tokens: Token[],
  lineAt: (position: number) => number,
): { readonly end: number; readonly sign: string } {
  const close = kind === "{{" ? "}}" : "%}";
  tokens.push({ type: "open", text: kind, line: lineAt(start) });
  let position = start + 2 + openingSign.length;
  for (let depth = 0; position < source.length;) {
    const sign = depth === 0 ? closingSign(source, position, close) : undefined;
    if (sign !== undefined) {
      const end = position + sign.length + 2;
      tokens.push({ type: "close", text: close, line: lineAt(position) });
      return { end, sign };
    }
    TOKEN.lastIndex = position;
    const groups = TOKEN.exec(source)?.groups;
    if (groups === undefined)
      throw new TemplateFailure(`unexpected ${JSON.stringify(source.charAt(position))}`, lineAt(position));
    const line = lineAt(position);
    for (const type of ["name", "operator", "string", "integer", "float"] as const) {
      const found = groups[type];
      if (found !== undefined) tokens.push({ type, text: found, line });
    }
    if (groups["operator"] !== undefined && /[([{]/.test(groups["operator"])) depth++;
    if (groups["operator"] !== undefined && /[)\]}]/.test(groups["operator"])) depth--;
    position = TOKEN.lastIndex;
  }
  throw new TemplateFailure(`${kind} is not closed with ${close}`, lineAt(start));
}

function closingSign(source: string, position: number, close: string): string | undefined {
  if (source.startsWith(close, position)) return "";
  const sign = source.charAt(position);
  return (sign === "-" || sign === "+") && source.startsWith(close, position + 1) ? sign : undefined;
}

function lineCounter(source: string): (position: number) => number {
  let counted = 0;
  let line = 1;
  return (position) => {
    if (position < counted) [counted, line] = [0, 1];
    for (; counted < position; counted++) if (source.charCodeAt(counted) === 10) line++;
    return line;
  };
}
