import type { Searcher } from "../base/search.ts";
import type { ValueObject } from "../base/value.ts";
import { applyFilter, call, engineWith, evaluate, given, lookUp, type Place, type Scope } from "./evaluate.ts";
import { TemplateFailure, at, toSlothError } from "./failure.ts";
import { loopOver } from "./loop.ts";
import { parseTemplate } from "./parser.ts";
import type { FilterCall, Macro, Statement, Target } from "./syntax.ts";
import { GLOBALS } from "./globals.ts";
import { Namespace, Undefined, defined, fromValue, items, printed, toStr, truth, type Callable } from "./values.ts";

export interface Rendering {
  readonly source: string;
  /** For errors, and for what it includes. */
  readonly name: string;
  readonly vars: ValueObject;
  /** The text of a template named in `include`, `import` or `extends`; undefined: there is none. */
  readonly load: (name: string) => string | undefined;
  readonly patterns: Searcher;
  /** The documents of a text in YAML. */
  readonly readYaml: (text: string) => readonly unknown[];
  readonly trimBlocks: boolean;
  readonly lstripBlocks: boolean;
}

/**
 * Renders a Jinja template as Ansible does: undefined variables are errors with their name and line, nothing is escaped, None prints as
 * nothing, the final newline is kept.
 */
export function renderTemplate(rendering: Rendering): string {
  const { source, name, vars } = rendering;
  try {
    const names = new Map(Object.entries(vars).map(([key, value]) => [key, fromValue(value, key)]));
    const globals: Scope = { names: GLOBALS, outer: null };
    const scope: Scope = { names, outer: globals };
    const engine = engineWith(rendering);
    const page: Page = { rendering, engine, template: name, scope, blocks: new Map(), out: [] };
    return withNewlines(runTemplate(parsed(source, rendering, name), page), source);
  } catch (error) {
    if (error instanceof TemplateFailure) throw toSlothError(error);
    if (error instanceof RangeError) throw toSlothError(new TemplateFailure(`${name} is nested too deeply`));
    throw error;
  }
}

/** As many newlines at the end as the template has, at least: a block there does not take the last one, as with Ansible. */
function withNewlines(made: string, source: string): string {
  const ending = (text: string): number => /\n*$/.exec(text.replace(/\r\n?/g, "\n"))?.[0].length ?? 0;
  return made + "\n".repeat(Math.max(0, ending(source) - ending(made)));
}

/** One template at work. */
interface Page extends Place {
  readonly rendering: Rendering;
  /** What each block is: the innermost child's first, each with where it was written. */
  readonly blocks: Map<string, { readonly body: readonly Statement[]; readonly template: string }[]>;
  readonly out: string[];
}

const DEEPEST = 200;
let depth = 0;

/** A template's own last newline is not part of it. */
function parsed(source: string, { trimBlocks, lstripBlocks }: Rendering, name: string): readonly Statement[] {
  return at(1, name, () => parseTemplate(source.replace(/\r?\n$/, ""), { trimBlocks, lstripBlocks }));
}

/** A child's own blocks, then its parent's page with them; else the page itself. */
function runTemplate(body: readonly Statement[], page: Page): string {
  collectBlocks(body, page);
  const before = page.out.length;
  const parent = runStatements(body, page);
  if (parent === undefined) return page.out.slice(before).join("");
  const source = load(parent, page);
  const above: Page = { ...page, template: parent, out: [] };
  return deeper(() => runTemplate(parsed(source, page.rendering, parent), above));
}

function collectBlocks(body: readonly Statement[], page: Page): void {
  for (const statement of body) {
    if (statement.type === "block") {
      const layers = page.blocks.get(statement.name) ?? [];
      layers.push({ body: statement.body, template: page.template });
      page.blocks.set(statement.name, layers);
    }
    for (const inner of bodiesOf(statement)) collectBlocks(inner, page);
  }
}

function bodiesOf(statement: Statement): readonly (readonly Statement[])[] {
  if (statement.type === "if") return [...statement.branches.map(([, body]) => body), statement.otherwise];
  if (statement.type === "for") return [statement.body, statement.otherwise];
  return "body" in statement ? [statement.body] : [];
}

/** Answers the template that is extended, when one is. */
function runStatements(body: readonly Statement[], page: Page): string | undefined {
  let parent: string | undefined;
  for (const statement of body) {
    if (statement.type === "text") page.out.push(statement.text);
    else if (statement.type === "extends") parent = toStr(defined(evaluate(statement.template, page)));
    else if (parent === undefined || statement.type !== "block")
      at(statement.line, page.template, () => run(statement, page));
  }
  return parent;
}

function runInner(body: readonly Statement[], page: Page): void {
  const parent = runStatements(body, page);
  if (parent !== undefined) throw new TemplateFailure("{% extends %} must stand at the top of a template");
}

function run(statement: Exclude<Statement, { type: "text" | "extends" }>, page: Page): void {
  switch (statement.type) {
    case "print":
      return void page.out.push(printed(evaluate(statement.value, page)));
    case "if": {
      const branch = statement.branches.find(([condition]) => truth(evaluate(condition, page)));
      return runInner(branch?.[1] ?? statement.otherwise, page);
    }
    case "for":
      return runFor(statement, page);
    case "set":
      return assign(statement.target, defined(evaluate(statement.value, page)), page.scope);
    case "capture":
      return assign(statement.target, filtered(statement.filters, captured(statement.body, page), page), page.scope);
    case "filtered":
      return void page.out.push(printed(filtered(statement.filters, captured(statement.body, page), page)));
    case "with": {
      const inner = inside(page);
      for (const [target, value] of statement.sets) assign(target, defined(evaluate(value, page)), inner.scope);
      return runInner(statement.body, inner);
    }
    case "macro":
      return void page.scope.names.set(statement.macro.name, macro(statement.macro, page));
    case "call": {
      const { call: callee, caller } = statement;
      if (callee.type !== "call") return;
      const made = call(evaluate(callee.of, page), callee.args, page, "it", ["caller", macro(caller, page)]);
      return void page.out.push(printed(made));
    }
    case "block":
      return void page.out.push(runBlock(statement.name, 0, page));
    case "include":
      return include(statement, page);
    case "import":
      return void page.scope.names.set(
        statement.as,
        imported(toStr(defined(evaluate(statement.template, page))), statement.context, page),
      );
    case "from":
      return from(statement, page);
    case "do":
      return void defined(evaluate(statement.value, page));
  }
}

function inside(page: Page, names: Map<string, unknown> = new Map()): Page {
  return { ...page, scope: { names, outer: page.scope } };
}

function assign(target: Target, value: unknown, scope: Scope): void {
  if ("parts" in target) {
    const values = items(value);
    if (values.length !== target.parts.length)
      throw new TemplateFailure(`${values.length} values cannot be given to ${target.parts.length} names`);
    return target.parts.forEach((part, index) => assign(part, values[index], scope));
  }
  if (target.field === undefined) return void scope.names.set(target.name, value);
  const namespace = lookUp(scope, target.name);
  if (!(namespace instanceof Namespace))
    throw new TemplateFailure(`'${target.name}' is no namespace; only its fields can be set`);
  namespace.fields.set(target.field, value);
}

function captured(body: readonly Statement[], page: Page): string {
  const inner = { ...inside(page), out: [] };
  runInner(body, inner);
  return inner.out.join("");
}

function filtered(filters: readonly FilterCall[], text: string, page: Page): unknown {
  return filters.reduce<unknown>(
    (value, filter) => at(filter.line, page.template, () => applyFilter(filter.name, value, given(filter.args, page))),
    text,
  );
}

function runFor(statement: Statement & { readonly type: "for" }, page: Page): void {
  const { target, of, condition, body, otherwise } = statement;
  const scopeOf = (item: unknown): Page => {
    const inner = inside(page);
    assign(target, item, inner.scope);
    return inner;
  };
  const all = items(defined(evaluate(of, page)));
  const chosen = condition === null ? all : all.filter((item) => truth(evaluate(condition, scopeOf(item))));
  if (chosen.length === 0) return runInner(otherwise, inside(page));
  const loopAt = loopOver(chosen);
  for (let index = 0; index < chosen.length; index++) {
    const inner = scopeOf(chosen[index]);
    inner.scope.names.set("loop", loopAt(index));
    runInner(body, inner);
  }
}

/** A macro sees what is seen where it is written, and answers its text. */
function macro({ parameters, body }: Macro, page: Page): Callable {
  return (args, named) => {
    const inner = inside(page);
    const left = new Map(named);
    const caller = left.get("caller");
    left.delete("caller");
    if (caller !== undefined) inner.scope.names.set("caller", caller);
    parameters.forEach((parameter, index) => {
      const passed = index < args.length ? args[index] : left.get(parameter.name);
      left.delete(parameter.name);
      const value =
        passed ??
        (parameter.fallback === null ? new Undefined(`'${parameter.name}'`) : evaluate(parameter.fallback, inner));
      inner.scope.names.set(parameter.name, value);
    });
    inner.scope.names.set("varargs", args.slice(parameters.length));
    inner.scope.names.set("kwargs", left);
    return deeper(() => captured(body, inner));
  };
}

function runBlock(name: string, layer: number, page: Page): string {
  const found = page.blocks.get(name)?.[layer];
  if (found === undefined) throw new TemplateFailure(`block '${name}' has nothing above it for super()`);
  const inner = { ...inside(page), template: found.template, out: [] };
  inner.scope.names.set("super", () => runBlock(name, layer + 1, page));
  runInner(found.body, inner);
  return inner.out.join("");
}

function include({ template, optional, context }: Statement & { readonly type: "include" }, page: Page): void {
  const asked = defined(evaluate(template, page));
  const names = (Array.isArray(asked) ? asked : [asked]).map(toStr);
  const name = names.find((each) => page.rendering.load(each) !== undefined);
  if (name === undefined && optional) return;
  const found = name ?? names[0] ?? "";
  const source = load(found, page);
  const inner = separate(found, context, page);
  page.out.push(deeper(() => runTemplate(parsed(source, page.rendering, found), inner)));
}

/** A page of its own: what it sets stays in it. */
function separate(template: string, context: boolean, page: Page): Page {
  let outer = page.scope;
  while (!context && outer.outer !== null) outer = outer.outer;
  return { ...page, template, scope: { names: new Map(), outer }, blocks: new Map(), out: [] };
}

/** What a template sets and its macros, as a dict. */
function imported(name: string, context: boolean, page: Page): Map<string, unknown> {
  const inner = separate(name, context, page);
  const source = load(name, page);
  deeper(() => runTemplate(parsed(source, page.rendering, name), inner));
  return inner.scope.names;
}

function from({ template, names, context }: Statement & { readonly type: "from" }, page: Page): void {
  const file = toStr(defined(evaluate(template, page)));
  const found = imported(file, context, page);
  for (const [name, as] of names) page.scope.names.set(as, found.get(name) ?? new Undefined(`'${name}' of ${file}`));
}

function load(name: string, page: Page): string {
  const source = page.rendering.load(name);
  if (source !== undefined) return source;
  throw new TemplateFailure(`there is no template '${name}' beside ${page.rendering.name}`);
}

function deeper<T>(work: () => T): T {
  if (depth >= DEEPEST) throw new TemplateFailure(`more than ${DEEPEST} templates or macros within one another`);
  depth++;
  try {
    return work();
  } finally {
    depth--;
  }
}
