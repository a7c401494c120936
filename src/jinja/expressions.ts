import { isAt, need, needName, next, peek, skip, unexpected, type Cursor } from "./cursor.ts";
import { TemplateFailure } from "./failure.ts";
import type { Token } from "./lexer.ts";
import type { Arguments, Expression, FilterCall, Target } from "./syntax.ts";

/** `a`, or `a if b else c`. */
export function parseExpression(cursor: Cursor): Expression {
  let value = parseOr(cursor);
  while (isAt(cursor, "if")) {
    const { line } = next(cursor);
    const condition = parseOr(cursor);
    const no = skip(cursor, "else") ? parseExpression(cursor) : null;
    value = { type: "choice", line, condition, yes: value, no };
  }
  return value;
}

/** One expression, or several with commas as a list. `conditional`: with `if`, which a `for` keeps for itself. */
export function parseTuple(cursor: Cursor, conditional = true): Expression {
  const parse = conditional ? parseExpression : parseOr;
  const first = parse(cursor);
  if (!isAt(cursor, ",")) return first;
  const items = [first];
  while (skip(cursor, ",")) {
    if (isAt(cursor, "%}", "}}", ")", "if")) break;
    items.push(parse(cursor));
  }
  return { type: "list", line: first.line, items };
}

/** Names to assign to: `a`, `a, b`, `(a, b)`, `ns.a`. */
export function parseTarget(cursor: Cursor): Target {
  const parts = [parseOneTarget(cursor)];
  while (skip(cursor, ",")) parts.push(parseOneTarget(cursor));
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : { parts };
}

function parseOneTarget(cursor: Cursor): Target {
  if (skip(cursor, "(")) {
    const inside = parseTarget(cursor);
    need(cursor, ")");
    return inside;
  }
  const { text: name } = needName(cursor);
  return skip(cursor, ".") ? { name, field: needName(cursor).text } : { name };
}

function parseOr(cursor: Cursor): Expression {
  return binaries(cursor, ["or"], parseAnd);
}

function parseAnd(cursor: Cursor): Expression {
  return binaries(cursor, ["and"], parseNot);
}

function parseNot(cursor: Cursor): Expression {
  if (!isAt(cursor, "not")) return parseCompare(cursor);
  const { line } = next(cursor);
  return { type: "unary", line, operator: "not", of: parseNot(cursor) };
}

function parseCompare(cursor: Cursor): Expression {
  const first = parseSum(cursor);
  const rest: [string, Expression][] = [];
  for (let operator = comparison(cursor); operator !== undefined; operator = comparison(cursor))
    rest.push([operator, parseSum(cursor)]);
  return rest.length === 0 ? first : { type: "compare", line: first.line, first, rest };
}

function comparison(cursor: Cursor): string | undefined {
  if (isAt(cursor, "==", "!=", "<", "<=", ">", ">=", "in")) return next(cursor).text;
  if (!isAt(cursor, "not") || peek(cursor, 1).text !== "in") return undefined;
  cursor.at += 2;
  return "not in";
}

function parseSum(cursor: Cursor): Expression {
  return binaries(cursor, ["+", "-"], parseConcat);
}

function parseConcat(cursor: Cursor): Expression {
  return binaries(cursor, ["~"], parseProduct);
}

function parseProduct(cursor: Cursor): Expression {
  return binaries(cursor, ["*", "/", "//", "%"], parsePower);
}

function parsePower(cursor: Cursor): Expression {
  return binaries(cursor, ["**"], parseUnary);
}

function binaries(cursor: Cursor, operators: readonly string[], operand: (cursor: Cursor) => Expression): Expression {
  let left = operand(cursor);
  while (isAt(cursor, ...operators)) {
    const { text: operator, line } = next(cursor);
    left = { type: "binary", line, operator, left, right: operand(cursor) };
  }
  return left;
}

function parseUnary(cursor: Cursor): Expression {
  return parseFilters(cursor, parseSigned(cursor));
}

function parseSigned(cursor: Cursor): Expression {
  if (!isAt(cursor, "-", "+")) return parsePostfix(cursor, parsePrimary(cursor));
  const { text, line } = next(cursor);
  return parsePostfix(cursor, { type: "unary", line, operator: text === "-" ? "-" : "+", of: parseSigned(cursor) });
}

function parsePrimary(cursor: Cursor): Expression {
  const token = next(cursor);
  const { line } = token;
  if (token.type === "name") return nameOrConstant(token);
  if (token.type === "string") return { type: "literal", line, value: strings(cursor, token) };
  if (token.type === "integer") return { type: "literal", line, value: BigInt(token.text.replaceAll("_", "")) };
  if (token.type === "float") return { type: "literal", line, value: Number(token.text.replaceAll("_", "")) };
  if (token.text === "(" && token.type === "operator") {
    if (skip(cursor, ")")) return { type: "list", line, items: [] };
    const inside = parseTuple(cursor);
    need(cursor, ")");
    return inside;
  }
  if (token.text === "[" && token.type === "operator")
    return { type: "list", line, items: until(cursor, "]", parseExpression) };
  if (token.text === "{" && token.type === "operator")
    return { type: "dict", line, pairs: until(cursor, "}", parsePair) };
  throw unexpected(token, "a value");
}

function nameOrConstant({ text, line }: Token): Expression {
  if (/^[tT]rue$/.test(text)) return { type: "literal", line, value: true };
  if (/^[fF]alse$/.test(text)) return { type: "literal", line, value: false };
  if (/^[nN]one$/.test(text)) return { type: "literal", line, value: null };
  if (/^(if|else|elif|and|or|not|in|is)$/.test(text))
    throw new TemplateFailure(`found '${text}', expected a value`, line);
  return { type: "name", line, name: text };
}

/** Strings beside one another are one. */
function strings(cursor: Cursor, first: Token): string {
  let value = unquote(first.text);
  while (peek(cursor).type === "string") value += unquote(next(cursor).text);
  return value;
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  a: "\x07",
  b: "\b",
  f: "\f",
  v: "\v",
  "\n": "",
};

function unquote(quoted: string): string {
  const code = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{1,3})|([^]))/g;
  return quoted
    .slice(1, -1)
    .replace(code, (whole, x?: string, u?: string, long?: string, octal?: string, other?: string) => {
      const hex = x ?? u ?? long;
      if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
      if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
      if (other === "\\" || other === "'" || other === '"') return other;
      return ESCAPES[other ?? ""] ?? whole;
    });
}

function until<T>(cursor: Cursor, end: string, parse: (cursor: Cursor) => T): readonly T[] {
  const items: T[] = [];
  while (!skip(cursor, end)) {
    if (items.length > 0) need(cursor, ",");
    if (skip(cursor, end)) break;
    items.push(parse(cursor));
  }
  return items;
}

function parsePair(cursor: Cursor): readonly [Expression, Expression] {
  const key = parseExpression(cursor);
  need(cursor, ":");
  return [key, parseExpression(cursor)];
}

function parsePostfix(cursor: Cursor, start: Expression): Expression {
  let of = start;
  while (isAt(cursor, ".", "[", "(")) {
    const { text, line } = next(cursor);
    if (text === "(") of = { type: "call", line, of, args: parseArguments(cursor) };
    else if (text === "[") of = parseSubscript(cursor, of, line);
    else of = { type: "member", line, of, key: memberName(cursor), dotted: true };
  }
  return of;
}

function memberName(cursor: Cursor): Expression {
  const token = next(cursor);
  if (token.type === "integer") return { type: "literal", line: token.line, value: BigInt(token.text) };
  if (token.type === "name") return { type: "literal", line: token.line, value: token.text };
  throw unexpected(token, "a name");
}

function parseSubscript(cursor: Cursor, of: Expression, line: number): Expression {
  const bounds: (Expression | null)[] = [null];
  let colons = 0;
  while (!skip(cursor, "]")) {
    if (skip(cursor, ":")) {
      colons++;
      bounds.push(null);
    } else if (bounds.at(-1) === null) bounds[bounds.length - 1] = parseExpression(cursor);
    else throw unexpected(peek(cursor), "']'");
  }
  const [key] = bounds;
  if (colons > 0) return { type: "slice", line, of, bounds };
  if (key === null || key === undefined) throw new TemplateFailure("an empty subscript []", line);
  return { type: "member", line, of, key, dotted: false };
}

/** After the `(`. */
function parseArguments(cursor: Cursor): Arguments {
  const positional: Expression[] = [];
  const named: (readonly [string, Expression])[] = [];
  until(cursor, ")", () => {
    if (isAt(cursor, "*", "**"))
      throw new TemplateFailure("arguments cannot be unpacked with * here", peek(cursor).line);
    if (peek(cursor).type === "name" && peek(cursor, 1).text === "=" && peek(cursor, 1).type === "operator") {
      const { text } = next(cursor);
      next(cursor);
      named.push([text, parseExpression(cursor)]);
    } else positional.push(parseExpression(cursor));
  });
  return { positional, named };
}

const NONE: Arguments = { positional: [], named: [] };

function parseFilters(cursor: Cursor, start: Expression): Expression {
  let of = start;
  for (;;) {
    const { line } = peek(cursor);
    if (skip(cursor, "|")) of = { type: "filter", of, ...parseFilterCall(cursor) };
    else if (skip(cursor, "is")) of = parseTest(cursor, of, line);
    else if (skip(cursor, "(")) of = { type: "call", line, of, args: parseArguments(cursor) };
    else return of;
  }
}

/** After the `|`. */
export function parseFilterCall(cursor: Cursor): FilterCall {
  const { text, line } = needName(cursor);
  return { name: dotted(cursor, text), line, args: skip(cursor, "(") ? parseArguments(cursor) : NONE };
}

function parseTest(cursor: Cursor, of: Expression, line: number): Expression {
  const negated = skip(cursor, "not");
  const name = dotted(cursor, needName(cursor).text);
  const args = skip(cursor, "(") ? parseArguments(cursor) : testArgument(cursor);
  return { type: "test", line, name, of, args, negated };
}

/** `x is divisibleby 3`: one argument without parentheses. */
function testArgument(cursor: Cursor): Arguments {
  const token = peek(cursor);
  const begins =
    token.type === "string" ||
    token.type === "integer" ||
    token.type === "float" ||
    isAt(cursor, "[", "{") ||
    isValueName(token);
  return begins ? { positional: [parsePostfix(cursor, parsePrimary(cursor))], named: [] } : NONE;
}

function isValueName({ type, text }: Token): boolean {
  return type === "name" && !/^(else|or|and|if|is|in|not)$/.test(text);
}

/** `ansible.builtin.to_json`: a collection's name before it is dropped. */
function dotted(cursor: Cursor, first: string): string {
  let name = first;
  while (skip(cursor, ".")) name += `.${needName(cursor).text}`;
  return name.replace(/^ansible\.(builtin|legacy)\./, "");
}
