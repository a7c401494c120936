import { byCodePoint } from "../base/code-points.ts";
import { TemplateFailure } from "./failure.ts";
import { isDict, typeName } from "./values.ts";
import { formOfPlain, formOfText, yamlFloat, type ScalarForm } from "./yaml-scalar.ts";
import { YamlWriter } from "./yaml-writer.ts";

export interface YamlOptions {
  readonly indent: number;
  /** A longer line is folded where it can be. */
  readonly width: number;
  readonly sorted: boolean;
  /** Collections of scalars alone are written on one line, as PyYAML does when nothing is said. */
  readonly flow: boolean;
}

type Collection = unknown[] | Map<string, unknown>;

/** As PyYAML's dump writes it with libyaml. */
export function toYaml(value: unknown, options: YamlOptions): string {
  const writer = new YamlWriter(options.indent, options.width);
  new Emitter(writer, options).node(value, false);
  return `${writer.text}\n`;
}

const LONGEST_KEY = 128;

class Emitter {
  private readonly writer: YamlWriter;
  private readonly options: YamlOptions;

  constructor(writer: YamlWriter, options: YamlOptions) {
    this.writer = writer;
    this.options = options;
  }

  /** `inMapping`: it is a value there. */
  node(value: unknown, inMapping: boolean): void {
    if (!isCollection(value)) return this.writer.scalar(formOf(value), false);
    const isFlow = this.writer.flowLevel > 0 || this.isFlow(value);
    if (Array.isArray(value)) return isFlow ? this.flowList(value) : this.blockList(value, inMapping);
    return isFlow ? this.flowDict(value) : this.blockDict(value);
  }

  private isFlow(value: Collection): boolean {
    const all = Array.isArray(value) ? value : [...value.values()];
    return all.length === 0 || (this.options.flow && !all.some(isCollection));
  }

  private pairs(value: Map<string, unknown>): readonly (readonly [string, unknown])[] {
    return this.options.sorted ? [...value].toSorted(([a], [b]) => byCodePoint(a, b)) : [...value];
  }

  private flowList(value: readonly unknown[]): void {
    this.inFlow("[", value, (item) => this.node(item, false), "]");
  }

  private flowDict(value: Map<string, unknown>): void {
    const { writer } = this;
    const pair = ([key, item]: readonly [string, unknown]): void => {
      const form = formOfText(key);
      const isSimple = isSimpleKey(form);
      if (!isSimple) writer.indicator("?", true);
      writer.scalar(form, isSimple);
      if (!isSimple) writer.wrap();
      writer.indicator(":", !isSimple);
      this.node(item, true);
    };
    this.inFlow("{", this.pairs(value), pair, "}");
  }

  private inFlow<T>(open: string, parts: readonly T[], write: (part: T) => void, close: string): void {
    const { writer } = this;
    writer.indicator(open, true, true);
    writer.enter(true);
    writer.flowLevel++;
    parts.forEach((part, index) => {
      if (index > 0) writer.indicator(",", false);
      writer.wrap();
      write(part);
    });
    writer.flowLevel--;
    writer.leave();
    writer.indicator(close, false);
  }

  /** After a key a list stands at its column. */
  private blockList(value: readonly unknown[], inMapping: boolean): void {
    const { writer } = this;
    writer.enter(false, inMapping && !writer.isIndented);
    for (const item of value) {
      writer.newLine();
      writer.indicator("-", true, false, true);
      this.node(item, false);
    }
    writer.leave();
  }

  private blockDict(value: Map<string, unknown>): void {
    const { writer } = this;
    writer.enter(false);
    for (const [key, item] of this.pairs(value)) {
      const form = formOfText(key);
      const isSimple = isSimpleKey(form);
      writer.newLine();
      if (!isSimple) writer.indicator("?", true, false, true);
      writer.scalar(form, isSimple);
      if (!isSimple) writer.newLine();
      writer.indicator(":", !isSimple, false, !isSimple);
      this.node(item, true);
    }
    writer.leave();
  }
}

function isSimpleKey({ text, isMultiline }: ScalarForm): boolean {
  return !isMultiline && Buffer.byteLength(text) <= LONGEST_KEY;
}

function isCollection(value: unknown): value is Collection {
  return Array.isArray(value) || isDict(value);
}

function formOf(value: unknown): ScalarForm {
  if (typeof value === "string") return formOfText(value);
  if (value === null) return formOfPlain("null");
  if (typeof value === "boolean") return formOfPlain(String(value));
  if (typeof value === "bigint") return formOfPlain(value.toString());
  if (typeof value === "number") return formOfPlain(yamlFloat(value));
  throw new TemplateFailure(`a ${typeName(value)} has no YAML`);
}
