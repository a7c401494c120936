import { isAlias, isMap, isPair, isScalar, isSeq, parseAllDocuments, type Document, type Scalar } from "yaml";
import { TemplateFailure } from "./failure.ts";
import { toStr } from "./values.ts";

/**
 * YAML as PyYAML reads it, and so Ansible: 1.1, where `yes` is true, `017` is 15 and `1:30` is 90. Of equal names the last counts. A name
 * that is no text becomes one, and so does a day or a time.
 */
export function readYaml(text: string): readonly unknown[] {
  const documents = parseAllDocuments(text, { schema: "failsafe", uniqueKeys: false, logLevel: "error" });
  return Array.from(documents, (document: Document) => {
    const fault = [...document.errors, ...document.warnings].find(({ code }) => code !== "TAG_RESOLVE_FAILED");
    if (fault !== undefined) throw new TemplateFailure(`not YAML: ${placeOf(fault.linePos)}it cannot be read`);
    return new Reader(document).value(document.contents);
  });
}

function placeOf(at: readonly { readonly line: number; readonly col: number }[] | undefined): string {
  return at?.[0] === undefined ? "" : `line ${at[0].line}, column ${at[0].col}: `;
}

/** What aliases may make of one document. */
const MOST = 100_000;

class Reader {
  private readonly document: Document;
  private count = 0;

  constructor(document: Document) {
    this.document = document;
  }

  value(node: unknown): unknown {
    if (++this.count > MOST) throw new TemplateFailure(`not YAML: more than ${MOST} values`);
    if (isAlias(node)) {
      const target = node.resolve(this.document);
      if (target === undefined) throw new TemplateFailure(`not YAML: '*${node.source}' is an alias of nothing`);
      return this.value(target);
    }
    if ((isSeq(node) || isMap(node)) && node.tag !== undefined && !COLLECTIONS.has(node.tag))
      throw new TemplateFailure(`not YAML: ${node.tag} is not known here`);
    if (isSeq(node)) return node.items.map((item) => (isPair(item) ? this.fields([item]) : this.value(item)));
    if (isMap(node)) return this.fields(node.items);
    if (isScalar(node)) return scalar(node);
    return null;
  }

  private fields(pairs: readonly { readonly key: unknown; readonly value: unknown }[]): Map<string, unknown> {
    const merged = new Map<string, unknown>();
    const own = new Map<string, unknown>();
    for (const { key, value } of pairs) {
      if (isMergeKey(key)) for (const [name, item] of this.merging(value)) merged.set(name, item);
      else own.set(this.name(key), this.value(value));
    }
    return new Map([...merged, ...own]);
  }

  private name(key: unknown): string {
    const name = this.value(key);
    if (name instanceof Map || Array.isArray(name))
      throw new TemplateFailure("not YAML: a name cannot be a list or a map");
    return toStr(name);
  }

  /** Of several, the first that has a name. */
  private merging(value: unknown): readonly (readonly [string, unknown])[] {
    const found = this.value(value);
    const maps = Array.isArray(found) ? found.toReversed() : [found];
    return maps.flatMap((map: unknown) => {
      if (map instanceof Map) return [...(map as ReadonlyMap<string, unknown>)];
      throw new TemplateFailure("not YAML: only maps can be merged");
    });
  }
}

function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.type === "PLAIN" && key.value === "<<";
}

const COLLECTIONS: ReadonlySet<string> = new Set(["tag:yaml.org,2002:seq", "tag:yaml.org,2002:map"]);

const TAGS: Readonly<Record<string, (text: string) => unknown>> = {
  "tag:yaml.org,2002:str": (text) => text,
  "tag:yaml.org,2002:null": () => null,
  "tag:yaml.org,2002:int": (text) => integer(text),
  "tag:yaml.org,2002:float": (text) => float(text) ?? number(integer(text)),
  "tag:yaml.org,2002:bool": (text) => BOOLEANS[text.toLowerCase()],
};

function scalar({ value, type, tag }: Scalar): unknown {
  const text = typeof value === "string" ? value : "";
  if (tag !== undefined && tag !== "!") {
    const made = Object.hasOwn(TAGS, tag) ? TAGS[tag]?.(text) : undefined;
    if (made === undefined) throw new TemplateFailure(`not YAML: '${text}' is no ${tag}`);
    return made;
  }
  return type === "PLAIN" ? resolved(text) : text;
}

const BOOLEANS: Readonly<Record<string, boolean>> = {
  yes: true,
  no: false,
  true: true,
  false: false,
  on: true,
  off: false,
};

/** What stands without quotes. */
function resolved(text: string): unknown {
  if (/^(|~|null|Null|NULL)$/.test(text)) return null;
  if (/^(yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/.test(text))
    return BOOLEANS[text.toLowerCase()];
  if (/^[=]$/.test(text) || text === "<<") throw new TemplateFailure(`not YAML: '${text}' has to be quoted`);
  return integer(text) ?? float(text) ?? time(text) ?? text;
}

function integer(given: string): bigint | undefined {
  if (!/^[-+]?(0b[01_]+|0[0-7_]+|0|[1-9][\d_]*|0x[\da-fA-F_]+|[1-9][\d_]*(:[0-5]?\d)+)$/.test(given)) return undefined;
  const text = given.replaceAll("_", "");
  const digits = text.replace(/^[-+]/, "");
  const size = digits.includes(":")
    ? digits.split(":").reduce((sum, part) => sum * 60n + BigInt(part), 0n)
    : BigInt(/^0\d/.test(digits) ? `0o${digits}` : digits);
  return text.startsWith("-") ? -size : size;
}

function float(given: string): number | undefined {
  if (/^[-+]?\.(inf|Inf|INF)$/.test(given)) return given.startsWith("-") ? -Infinity : Infinity;
  if (/^\.(nan|NaN|NAN)$/.test(given)) return Number.NaN;
  const isFloat =
    /^([-+]?\d[\d_]*\.[\d_]*([eE][-+]\d+)?|\.\d[\d_]*([eE][-+]\d+)?|[-+]?\d[\d_]*(:[0-5]?\d)+\.[\d_]*)$/.test(given);
  if (!isFloat) return undefined;
  const text = given.replaceAll("_", "");
  const [sign, digits] = [text.startsWith("-") ? -1 : 1, text.replace(/^[-+]/, "")];
  return sign * digits.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
}

function number(whole: bigint | undefined): number | undefined {
  return whole === undefined ? undefined : Number(whole);
}

/** As Python prints a day or a time. */
function time(text: string): string | undefined {
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return text;
  const [, day, hour = "", rest, fraction = "", zone] =
    /^(\d{4}-\d\d?-\d\d?)(?:[Tt]|[ \t]+)(\d\d?)(:\d\d:\d\d)(?:\.(\d*))?(?:[ \t]*(Z|[-+]\d\d?(?::\d\d)?))?$/.exec(
      text,
    ) ?? [];
  if (day === undefined) return undefined;
  const [year, month = "", date = ""] = day.split("-");
  const micro = fraction === "" ? "" : `.${fraction.slice(0, 6).padEnd(6, "0")}`;
  return `${year}-${month.padStart(2, "0")}-${date.padStart(2, "0")} ${hour.padStart(2, "0")}${rest}${micro}${zoneText(zone)}`;
}

function zoneText(zone: string | undefined): string {
  if (zone === undefined || zone === "Z") return zone === undefined ? "" : "+00:00";
  const [, sign = "", hours = "", minutes = "00"] = /^([-+])(\d\d?)(?::(\d\d))?$/.exec(zone) ?? [];
  return `${sign}${hours.padStart(2, "0")}:${minutes}`;
}
