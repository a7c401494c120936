import { TemplateFailure } from "./failure.ts";
import { floatText, isDict, typeName } from "./values.ts";

export interface YamlOptions {
  readonly indent: number;
  readonly sorted: boolean;
  /** Collections of scalars alone are written on one line, as PyYAML does when nothing is said. */
  readonly flow: boolean;
}

/** As PyYAML's dump writes it (lines are not folded). */
export function toYaml(value: unknown, options: YamlOptions): string {
  if (isCollection(value)) return isFlow(value, options) ? `${flow(value, options)}\n` : block(value, options, 0);
  const text = scalar(value);
  return /^['"]/.test(text) ? `${text}\n` : `${text}\n...\n`;
}

function isCollection(value: unknown): value is unknown[] | Map<string, unknown> {
  return Array.isArray(value) || isDict(value);
}

function parts(value: unknown[] | Map<string, unknown>): unknown[] {
  return Array.isArray(value) ? value : [...value.values()];
}

function isFlow(value: unknown[] | Map<string, unknown>, options: YamlOptions): boolean {
  const all = parts(value);
  return all.length === 0 || (options.flow && !all.some(isCollection));
}

function flow(value: unknown, options: YamlOptions): string {
  if (Array.isArray(value)) return `[${value.map((item) => flow(item, options)).join(", ")}]`;
  if (!isDict(value)) return scalar(value);
  return `{${pairs(value, options)
    .map(([key, item]) => `${scalar(key)}: ${flow(item, options)}`)
    .join(", ")}}`;
}

function pairs(value: Map<string, unknown>, { sorted }: YamlOptions): readonly (readonly [string, unknown])[] {
  const all = [...value];
  return sorted ? all.toSorted(([a], [b]) => (a < b ? -1 : 1)) : all;
}

function block(value: unknown[] | Map<string, unknown>, options: YamlOptions, column: number): string {
  const margin = " ".repeat(column);
  if (Array.isArray(value)) return value.map((item) => `${margin}-${listItem(item, options, column)}`).join("");
  const lines = pairs(value, options).map(([key, item]) => `${margin}${scalar(key)}:${entry(item, options, column)}`);
  return lines.join("");
}

/** After a key: a list stands at its column, a dict one step further. */
function entry(value: unknown, options: YamlOptions, column: number): string {
  if (!isCollection(value)) return ` ${scalar(value)}\n`;
  if (isFlow(value, options)) return ` ${flow(value, options)}\n`;
  return `\n${block(value, options, Array.isArray(value) ? column : column + options.indent)}`;
}

function listItem(value: unknown, options: YamlOptions, column: number): string {
  if (!isCollection(value)) return ` ${scalar(value)}\n`;
  if (isFlow(value, options)) return ` ${flow(value, options)}\n`;
  const inner = column + options.indent;
  return " ".repeat(options.indent - 1) + block(value, options, inner).slice(inner);
}

const RESOLVED =
  /^(|~|null|Null|NULL|true|True|TRUE|false|False|FALSE|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF|=|<<|[-+]?(0b[01_]+|0[0-7_]+|0|[1-9][\d_]*|0x[\da-fA-F_]+|[1-9][\d_]*(:[0-5]?\d)+)|[-+]?(\d[\d_]*\.[\d_]*([eE][-+]\d+)?|\.\d[\d_]*([eE][-+]\d+)?|\d[\d_]*(:[0-5]?\d)+\.[\d_]*|\.(inf|Inf|INF))|\.(nan|NaN|NAN)|\d{4}-\d\d?-\d\d?([Tt ].*)?)$/;

function scalar(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "boolean") return String(value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number") return floatText(value).replace("inf", ".inf").replace("nan", ".nan");
  if (typeof value !== "string") throw new TemplateFailure(`a ${typeName(value)} has no YAML`);
  if (/[\x00-\x08\x0a-\x1f\x7f]/.test(value))
    return /^[^\x00-\x09\x0b-\x1f\x7f]*$/.test(value) ? folded(value) : doubled(value);
  return RESOLVED.test(value) || needsQuotes(value) ? `'${value.replaceAll("'", "''")}'` : value;
}

function needsQuotes(text: string): boolean {
  return (
    /^[-?:](\s|$)|^[,[\]{}#&*!|>'"%@`]|^\s|\s$|:(\s|$)|\s#|[,[\]{}]|^(---|\.\.\.)/.test(text) || text.includes("\t")
  );
}

/** Text of several lines: a line's end is an empty line between single quotes. */
function folded(text: string): string {
  return /^\s|\s$|\n /.test(text) && !/^[^ ]*\n$/.test(text)
    ? doubled(text)
    : `'${text.replaceAll("'", "''").replaceAll("\n", "\n\n")}'`;
}

function doubled(text: string): string {
  const names: Readonly<Record<string, string>> = { "\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "\\": "\\\\" };
  const escaped = text.replace(/[\x00-\x1f\x7f"\\]/g, (character) => {
    return names[character] ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, "0").toUpperCase()}`;
  });
  return `"${escaped}"`;
}
