import { TemplateFailure, at } from "./failure.ts";
import { FILTERS } from "./filters.ts";
import { Given, type Applies } from "./given.ts";
import { didYouMean } from "../base/nearest.ts";
import { methodOf } from "./methods.ts";
import { negate, operate } from "./operators.ts";
import type { Arguments, Expression } from "./syntax.ts";
import { TESTS } from "./tests.ts";
import {
  Namespace,
  Undefined,
  contains,
  defined,
  equal,
  isCallable,
  isDict,
  isNumber,
  order,
  toStr,
  truth,
  typeName,
} from "./values.ts";

/** Names as they are seen at one place of a template. */
export interface Scope {
  readonly names: Map<string, unknown>;
  readonly outer: Scope | null;
}

/** Where an expression stands. */
export interface Place {
  readonly scope: Scope;
  /** Name of the template, for errors. */
  readonly template: string;
  readonly engine: Applies;
}

export function lookUp(scope: Scope, name: string): unknown {
  for (let here: Scope | null = scope; here !== null; here = here.outer) {
    const found = here.names.get(name);
    if (found !== undefined) return found;
  }
  return new Undefined(`'${name}'`);
}

export function evaluate(expression: Expression, place: Place): unknown {
  return at(expression.line, place.template, () => valueOf(expression, place));
}

function valueOf(expression: Expression, place: Place): unknown {
  switch (expression.type) {
    case "literal":
      return expression.value;
    case "name":
      return lookUp(place.scope, expression.name);
    case "list":
      return expression.items.map((item) => defined(evaluate(item, place)));
    case "dict":
      return new Map(
        expression.pairs.map(([key, item]) => [keyOf(evaluate(key, place)), defined(evaluate(item, place))]),
      );
    case "member":
      return member(evaluate(expression.of, place), evaluate(expression.key, place), expression);
    case "slice":
      return sliced(
        evaluate(expression.of, place),
        expression.bounds.map((bound) => bound && evaluate(bound, place)),
      );
    case "call":
      return call(evaluate(expression.of, place), expression.args, place, nameOf(expression.of));
    case "filter":
      return applyFilter(expression.name, evaluate(expression.of, place), given(expression.args, place));
    case "test":
      return (
        applyTest(expression.name, evaluate(expression.of, place), given(expression.args, place)) !== expression.negated
      );
    case "unary":
      return unary(expression.operator, evaluate(expression.of, place));
    case "binary":
      return binary(expression, place);
    case "compare":
      return compared(expression, place);
    case "choice": {
      if (truth(evaluate(expression.condition, place))) return evaluate(expression.yes, place);
      return expression.no === null ? "" : evaluate(expression.no, place);
    }
  }
}

function keyOf(key: unknown): string {
  if (typeof key === "string") return key;
  throw new TemplateFailure(`the key of a dict must be a text, not a ${typeName(defined(key))}`);
}

/** `of.key`, `of[key]`. What is not there is undefined; of what is undefined too, under the first one's name. */
function member(of: unknown, key: unknown, expression: Expression & { readonly type: "member" }): unknown {
  if (of instanceof Undefined) return of;
  if (of instanceof Namespace && typeof key === "string")
    return of.fields.get(key) ?? new Undefined(`'${nameOf(expression)}'`);
  if (isDict(of)) {
    const found = of.get(toStr(defined(key)));
    if (found !== undefined) return found;
  }
  if ((Array.isArray(of) || typeof of === "string") && isNumber(key)) {
    const found = of.at(Number(key));
    if (found !== undefined) return found;
  }
  const own: unknown =
    Array.isArray(of) && typeof key === "string" && Object.hasOwn(of, key) ? Reflect.get(of, key) : undefined;
  if (own !== undefined && key !== "length") return own;
  const method = expression.dotted && typeof key === "string" ? methodOf(of, key) : undefined;
  return method ?? new Undefined(`'${nameOf(expression)}'`);
}

/** How an expression is called in an error. */
function nameOf(expression: Expression): string {
  if (expression.type === "name") return expression.name;
  if (expression.type !== "member") return "it";
  const { of, key, dotted } = expression;
  const shown = key.type === "literal" ? String(key.value) : nameOf(key);
  return dotted ? `${nameOf(of)}.${shown}` : `${nameOf(of)}[${shown}]`;
}

function sliced(of: unknown, bounds: readonly unknown[]): unknown {
  if (!Array.isArray(of) && typeof of !== "string")
    throw new TemplateFailure(`a ${typeName(defined(of))} has no slices`);
  const [start, end, step] = [0, 1, 2].map((index) => {
    const bound = defined(bounds[index] ?? null);
    return bound === null ? undefined : Number(bound);
  });
  const list = typeof of === "string" ? Array.from(of) : of;
  const taken = stepped(list, start, end, step ?? 1);
  return typeof of === "string" ? taken.join("") : taken;
}

function stepped(
  list: readonly unknown[],
  start: number | undefined,
  end: number | undefined,
  step: number,
): unknown[] {
  if (step === 1) return list.slice(start, end);
  if (step === 0) throw new TemplateFailure("the step of a slice cannot be 0");
  const { length } = list;
  const place = (bound: number, low: number, high: number): number =>
    Math.min(high, Math.max(low, bound < 0 ? bound + length : bound));
  const first =
    start === undefined ? (step > 0 ? 0 : length - 1) : place(start, step > 0 ? 0 : -1, step > 0 ? length : length - 1);
  const last =
    end === undefined ? (step > 0 ? length : -1) : place(end, step > 0 ? 0 : -1, step > 0 ? length : length - 1);
  const taken: unknown[] = [];
  for (let index = first; step > 0 ? index < last : index > last; index += step) taken.push(list[index]);
  return taken;
}

export function call(
  callee: unknown,
  args: Arguments,
  place: Place,
  name: string,
  more?: readonly [string, unknown],
): unknown {
  defined(callee);
  if (!isCallable(callee)) throw new TemplateFailure(`'${name}' is a ${typeName(callee)} and cannot be called`);
  const { positional, named } = evaluated(args, place);
  return callee(positional, more === undefined ? named : new Map([...named, more]));
}

function evaluated(
  { positional, named }: Arguments,
  place: Place,
): { positional: unknown[]; named: Map<string, unknown> } {
  return {
    positional: positional.map((each) => evaluate(each, place)),
    named: new Map(named.map(([name, each]) => [name, evaluate(each, place)])),
  };
}

export function given(args: Arguments, place: Place): Given {
  const { positional, named } = evaluated(args, place);
  return new Given(place.engine, positional, named);
}

export function engineWith(means: Pick<Applies, "patterns" | "readYaml">): Applies {
  return { filter: applyFilter, test: applyTest, patterns: means.patterns, readYaml: means.readYaml };
}

/** Filters that may be put on what is undefined. */
const TAKE_UNDEFINED: ReadonlySet<string> = new Set(["default", "d", "mandatory"]);

export function applyFilter(name: string, value: unknown, args: Given): unknown {
  const filter = Object.hasOwn(FILTERS, name) ? FILTERS[name] : undefined;
  if (filter === undefined) throw unknownName("filter", name, Object.keys(FILTERS));
  if (!TAKE_UNDEFINED.has(name)) defined(value);
  return within(`filter '${name}'`, value, args, filter);
}

function applyTest(name: string, value: unknown, args: Given): boolean {
  const test = Object.hasOwn(TESTS, name) ? TESTS[name] : undefined;
  if (test === undefined) throw unknownName("test", name, Object.keys(TESTS));
  if (name !== "defined" && name !== "undefined") defined(value);
  return within(`test '${name}'`, value, args, test);
}

function within<T>(what: string, value: unknown, args: Given, apply: (value: unknown, args: Given) => T): T {
  try {
    const made = apply(value, args);
    args.finish();
    return made;
  } catch (error) {
    if (error instanceof TemplateFailure && error.line === undefined && !error.message.endsWith(" is undefined"))
      error.message = `${what}: ${error.message}`;
    throw error;
  }
}

function unknownName(what: string, name: string, known: readonly string[]): TemplateFailure {
  const meant = didYouMean(name, known);
  return new TemplateFailure(`there is no ${what} '${name}'${meant === undefined ? "" : `; ${meant}`}`);
}

function unary(operator: "not" | "-" | "+", value: unknown): unknown {
  if (operator === "not") return !truth(value);
  return operator === "-" ? negate(value) : operate("+", 0n, value);
}

function binary({ operator, left, right }: Expression & { readonly type: "binary" }, place: Place): unknown {
  const first = evaluate(left, place);
  if (operator === "and") return truth(first) ? defined(evaluate(right, place)) : first;
  if (operator === "or") return truth(first) ? first : defined(evaluate(right, place));
  return operate(operator, first, evaluate(right, place));
}

function compared({ first, rest }: Expression & { readonly type: "compare" }, place: Place): boolean {
  let left = evaluate(first, place);
  for (const [operator, expression] of rest) {
    const right = evaluate(expression, place);
    if (!holds(operator, left, right)) return false;
    left = right;
  }
  return true;
}

function holds(operator: string, left: unknown, right: unknown): boolean {
  if (operator === "==") return equal(left, right);
  if (operator === "!=") return !equal(left, right);
  if (operator === "in") return contains(right, left);
  if (operator === "not in") return !contains(right, left);
  const way = order(left, right);
  if (operator === "<") return way < 0;
  if (operator === "<=") return way <= 0;
  return operator === ">" ? way > 0 : way >= 0;
}
