import { isAt, need, needName, next, peek, skip, unexpected, type Cursor } from "./cursor.ts";
import { parseExpression, parseFilterCall, parseTarget, parseTuple } from "./expressions.ts";
import { TemplateFailure } from "./failure.ts";
import { tokenize, type LexerOptions, type Token } from "./lexer.ts";
import type { Expression, FilterCall, Macro, Parameter, Statement, Target } from "./syntax.ts";

/** The statements of a template. Throws TemplateFailure with the line. */
export function parseTemplate(source: string, options: LexerOptions): readonly Statement[] {
  const cursor: Cursor = { tokens: tokenize(source, options), at: 0 };
  const { body, end } = parseBody(cursor, []);
  if (end.type === "end") return body;
  throw new TemplateFailure(`{% ${end.text} %} ends nothing`, end.line);
}

interface Body {
  readonly body: readonly Statement[];
  /** The word that ended it; the cursor is after it. */
  readonly end: Token;
}

/** Statements up to one of the words, or to the end of the template. */
function parseBody(cursor: Cursor, ends: readonly string[]): Body {
  const body: Statement[] = [];
  for (;;) {
    const token = next(cursor);
    if (token.type === "end") return { body, end: token };
    if (token.type === "text") body.push({ type: "text", text: token.text });
    else if (token.text === "{{") body.push(parsePrint(cursor, token.line));
    else {
      const word = needName(cursor);
      if (ends.includes(word.text)) return { body, end: word };
      const parse = STATEMENTS[word.text];
      if (parse === undefined) {
        if (/^(end|el)/.test(word.text)) return { body, end: word };
        throw new TemplateFailure(`there is no {% ${word.text} %}`, word.line);
      }
      body.push(parse(cursor, word.line));
    }
  }
}

/** A body with its end tag: `{% endfor %}` may name what it ends. */
function parseUntil(
  cursor: Cursor,
  opened: { readonly word: string; readonly line: number },
  ...ends: readonly string[]
): Body {
  const found = parseBody(cursor, ends);
  if (ends.includes(found.end.text)) return found;
  const what = found.end.type === "end" ? "is not closed" : `is closed by {% ${found.end.text} %}`;
  throw new TemplateFailure(`{% ${opened.word} %} ${what}, expected {% ${ends.join(" %} or {% ")} %}`, opened.line);
}

function parsePrint(cursor: Cursor, line: number): Statement {
  const value = parseTuple(cursor);
  need(cursor, "}}");
  return { type: "print", line, value };
}

type Parse = (cursor: Cursor, line: number) => Statement;

const STATEMENTS: Readonly<Record<string, Parse>> = {
  if: parseIf,
  for: parseFor,
  set: parseSet,
  filter: parseFiltered,
  with: parseWith,
  macro: (cursor, line) => ({ type: "macro", line, macro: parseMacro(cursor, line) }),
  call: parseCall,
  block: parseBlock,
  extends: (cursor, line) => ({ type: "extends", line, template: closed(cursor, parseExpression(cursor)) }),
  include: parseInclude,
  import: parseImport,
  from: parseFrom,
  do: (cursor, line) => ({ type: "do", line, value: closed(cursor, parseTuple(cursor)) }),
};

function closed<T>(cursor: Cursor, node: T): T {
  need(cursor, "%}");
  return node;
}

function parseIf(cursor: Cursor, line: number): Statement {
  const branches: (readonly [Expression, readonly Statement[]])[] = [];
  for (;;) {
    const condition = closed(cursor, parseTuple(cursor));
    const { body, end } = parseUntil(cursor, { word: "if", line }, "elif", "else", "endif");
    branches.push([condition, body]);
    if (end.text === "elif") continue;
    need(cursor, "%}");
    const otherwise = end.text === "else" ? closing(cursor, "if", line) : [];
    return { type: "if", line, branches, otherwise };
  }
}

/** The last body of a statement, with its end tag. */
function closing(cursor: Cursor, word: string, line: number): readonly Statement[] {
  return closed(cursor, parseUntil(cursor, { word, line }, `end${word}`).body);
}

function parseFor(cursor: Cursor, line: number): Statement {
  const target = parseTarget(cursor);
  need(cursor, "in");
  const of = parseTuple(cursor, false);
  const condition = skip(cursor, "if") ? parseExpression(cursor) : null;
  if (isAt(cursor, "recursive"))
    throw new TemplateFailure("{% for … recursive %} is not known here; use a macro", line);
  need(cursor, "%}");
  const { body, end } = parseUntil(cursor, { word: "for", line }, "else", "endfor");
  need(cursor, "%}");
  const otherwise = end.text === "else" ? closing(cursor, "for", line) : [];
  return { type: "for", line, target, of, condition, body, otherwise };
}

function parseSet(cursor: Cursor, line: number): Statement {
  const target = parseTarget(cursor);
  if (skip(cursor, "=")) return { type: "set", line, target, value: closed(cursor, parseTuple(cursor)) };
  const filters = parseFilterCalls(cursor);
  need(cursor, "%}");
  return { type: "capture", line, target, filters, body: closing(cursor, "set", line) };
}

function parseFilterCalls(cursor: Cursor): readonly FilterCall[] {
  const filters: FilterCall[] = [];
  while (skip(cursor, "|")) filters.push(parseFilterCall(cursor));
  return filters;
}

function parseFiltered(cursor: Cursor, line: number): Statement {
  const filters = [parseFilterCall(cursor), ...parseFilterCalls(cursor)];
  need(cursor, "%}");
  return { type: "filtered", line, filters, body: closing(cursor, "filter", line) };
}

function parseWith(cursor: Cursor, line: number): Statement {
  const sets: (readonly [Target, Expression])[] = [];
  while (!isAt(cursor, "%}")) {
    if (sets.length > 0) need(cursor, ",");
    const { text: name } = needName(cursor);
    need(cursor, "=");
    sets.push([{ name }, parseExpression(cursor)]);
  }
  need(cursor, "%}");
  return { type: "with", line, sets, body: closing(cursor, "with", line) };
}

function parseMacro(cursor: Cursor, line: number): Macro {
  const { text: name } = needName(cursor);
  const parameters = parseParameters(cursor);
  need(cursor, "%}");
  const { body } = parseUntil(cursor, { word: "macro", line }, "endmacro");
  if (peek(cursor).type === "name") next(cursor);
  need(cursor, "%}");
  return { name, line, parameters, body };
}

function parseParameters(cursor: Cursor): readonly Parameter[] {
  const parameters: Parameter[] = [];
  need(cursor, "(");
  while (!skip(cursor, ")")) {
    if (parameters.length > 0) need(cursor, ",");
    const { text: name } = needName(cursor);
    parameters.push({ name, fallback: skip(cursor, "=") ? parseExpression(cursor) : null });
  }
  return parameters;
}

function parseCall(cursor: Cursor, line: number): Statement {
  const parameters = isAt(cursor, "(") ? parseParameters(cursor) : [];
  const call = closed(cursor, parseExpression(cursor));
  if (call.type !== "call") throw new TemplateFailure("{% call %} needs a call of a macro", line);
  return {
    type: "call",
    line,
    call,
    caller: { name: "caller", line, parameters, body: closing(cursor, "call", line) },
  };
}

function parseBlock(cursor: Cursor, line: number): Statement {
  const { text: name } = needName(cursor);
  while (isAt(cursor, "scoped", "required")) next(cursor);
  need(cursor, "%}");
  const { body } = parseUntil(cursor, { word: "block", line }, "endblock");
  if (peek(cursor).type === "name") next(cursor);
  need(cursor, "%}");
  return { type: "block", line, name, body };
}

function parseInclude(cursor: Cursor, line: number): Statement {
  const template = parseExpression(cursor);
  const optional = skip(cursor, "ignore");
  if (optional) need(cursor, "missing");
  return closed(cursor, { type: "include", line, template, optional, context: withContext(cursor, true) });
}

function withContext(cursor: Cursor, usual: boolean): boolean {
  if (!isAt(cursor, "with", "without")) return usual;
  const { text } = next(cursor);
  need(cursor, "context");
  return text === "with";
}

function parseImport(cursor: Cursor, line: number): Statement {
  const template = parseExpression(cursor);
  need(cursor, "as");
  const { text: as } = needName(cursor);
  return closed(cursor, { type: "import", line, template, as, context: withContext(cursor, false) });
}

function parseFrom(cursor: Cursor, line: number): Statement {
  const template = parseExpression(cursor);
  need(cursor, "import");
  const names: (readonly [string, string])[] = [];
  do {
    if (isAt(cursor, "with", "without", "%}")) break;
    const { text: name } = needName(cursor);
    names.push([name, skip(cursor, "as") ? needName(cursor).text : name]);
  } while (skip(cursor, ","));
  if (names.length === 0) throw unexpected(peek(cursor), "a name");
  return closed(cursor, { type: "from", line, template, names, context: withContext(cursor, false) });
}
