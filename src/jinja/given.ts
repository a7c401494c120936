import type { Searcher } from "../base/search.ts";
import { TemplateFailure } from "./failure.ts";
import { defined, isNumber, truth, typeName } from "./values.ts";

/** What filters and tests may use of the engine they run in. */
export interface Applies {
  filter(name: string, value: unknown, given: Given): unknown;
  test(name: string, value: unknown, given: Given): boolean;
  readonly patterns: Searcher;
  /** The documents of a text. */
  readonly readYaml: (text: string) => readonly unknown[];
}

export type Filter = (value: unknown, given: Given) => unknown;

/** The arguments of a filter or test, taken by place or name. What nobody takes is a mistake: `finish`. */
export class Given {
  readonly engine: Applies;
  private readonly args: readonly unknown[];
  private readonly named: ReadonlyMap<string, unknown>;
  private readonly taken = new Set<string>();
  private used = 0;

  constructor(engine: Applies, args: readonly unknown[] = [], named: ReadonlyMap<string, unknown> = new Map()) {
    this.engine = engine;
    this.args = args;
    this.named = named;
  }

  has(index: number, name: string): boolean {
    return index < this.args.length || this.named.has(name);
  }

  /** As `value`, also of what is undefined. */
  raw(index: number, name: string): unknown {
    if (Number.isFinite(index)) this.used = Math.max(this.used, index + 1);
    this.taken.add(name);
    return index < this.args.length ? this.args[index] : this.named.get(name);
  }

  value(index: number, name: string, fallback?: unknown): unknown {
    const found = this.raw(index, name);
    if (found !== undefined) return defined(found);
    if (fallback !== undefined) return fallback;
    throw new TemplateFailure(`needs '${name}'`);
  }

  text(index: number, name: string, fallback?: string): string {
    const found = this.value(index, name, fallback);
    if (typeof found === "string") return found;
    throw new TemplateFailure(`'${name}' must be a text, not a ${typeName(found)}`);
  }

  number(index: number, name: string, fallback?: number): number {
    const found = this.value(index, name, fallback);
    if (isNumber(found)) return Number(found);
    throw new TemplateFailure(`'${name}' must be a number, not a ${typeName(found)}`);
  }

  flag(index: number, name: string, fallback = false): boolean {
    return truth(this.value(index, name, fallback));
  }

  /** All that are left after the first ones: for `map("upper")`, `select("equalto", 3)`. */
  after(index: number): Given {
    this.used = this.args.length;
    for (const name of this.named.keys()) this.taken.add(name);
    return new Given(this.engine, this.args.slice(index), this.named);
  }

  rest(index: number): readonly unknown[] {
    this.used = this.args.length;
    return this.args.slice(index).map(defined);
  }

  finish(): void {
    if (this.used < this.args.length) throw new TemplateFailure("has too many arguments");
    const unknown = [...this.named.keys()].find((name) => !this.taken.has(name));
    if (unknown !== undefined) throw new TemplateFailure(`does not know '${unknown}'`);
  }
}
