import { TemplateFailure } from "./failure.ts";
import type { Filter, Given } from "./given.ts";
import { fromJson, toJson } from "./json.ts";
import { isDict, items, listOf, textOf, toStr, truth } from "./values.ts";
import { toYaml } from "./yaml.ts";

/** Filters of Ansible between values and texts: JSON, YAML, base64, digests. */
export const ENCODING_FILTERS: Readonly<Record<string, Filter>> = {
  b64decode: (value, given) => {
    const encoding = encodingOf(given);
    return base64Text(toStr(value), encoding, given.flag(1, "urlsafe"));
  },
  b64encode: (value, given) => {
    const bytes = Buffer.from(toStr(value), encodingOf(given) === "utf-16le" ? "utf16le" : "utf8");
    const text = bytes.toString("base64");
    return given.flag(1, "urlsafe") ? text.replaceAll("+", "-").replaceAll("/", "_") : text;
  },
  checksum: (value) => hashed("sha1", value),
  from_json: (value) => fromJson(textOf(value)),
  from_yaml: (value, given) => {
    if (typeof value !== "string") return value;
    const [first = null, ...others] = given.engine.readYaml(value);
    if (others.length > 0) throw new TemplateFailure("has several documents; from_yaml_all takes them");
    return first;
  },
  from_yaml_all: (value, given) => {
    if (value === null) return [];
    return typeof value === "string" ? given.engine.readYaml(value) : items(value);
  },
  hash: (value, given) => hashed(given.text(0, "hashtype", "sha1"), value),
  md5: (value) => hashed("md5", value),
  sha1: (value) => hashed("sha1", value),
  to_json: (value, given) => json(value, given, { indent: null, sorted: false }),
  to_nice_json: (value, given) => json(value, given, { indent: 4n, sorted: true }),
  to_nice_yaml: (value, given) => yaml(value, given, 0, { indent: 4, flow: false }),
  to_uuid: (value, given) => uuidOf(toStr(value), given.text(0, "namespace", UUIDS)),
  to_yaml: (value, given) => yaml(value, given, Infinity, { indent: 2, flow: true }),
};

function json(value: unknown, given: Given, usual: { readonly indent: unknown; readonly sorted: boolean }): string {
  const separators = given.value(Infinity, "separators", null);
  if (given.has(Infinity, "vault_to_text")) given.value(Infinity, "vault_to_text");
  return toJson(value, {
    indent: given.value(0, "indent", usual.indent),
    sorted: given.flag(1, "sort_keys", usual.sorted),
    ascii: given.flag(2, "ensure_ascii", true),
    separators: separators === null ? undefined : pairOf(listOf(separators).map(textOf)),
  });
}

function pairOf([first, second]: readonly string[]): readonly [string, string] {
  if (first === undefined || second === undefined) throw new TemplateFailure("'separators' needs two texts");
  return [first, second];
}

/** Where Ansible takes `indent` in place; everything else by its name. */
function yaml(value: unknown, given: Given, indentAt: number, usual: { indent: number; flow: boolean }): string {
  const flow = given.value(Infinity, "default_flow_style", usual.flow ? "auto" : false);
  const [start, end] = ["explicit_start", "explicit_end"].map((name) => given.flag(Infinity, name));
  const text = toYaml(value, {
    indent: given.number(indentAt, "indent", usual.indent),
    width: given.number(Infinity, "width", 80),
    sorted: given.flag(Infinity, "sort_keys", true),
    flow: flow === "auto" ? true : truth(flow),
  });
  const isCollection = isDict(value) || Array.isArray(value);
  if (start === true && !isCollection) throw new TemplateFailure("'explicit_start' is for lists and dicts");
  return `${start === true ? "---\n" : ""}${text}${end === true ? "...\n" : ""}`;
}

function encodingOf(given: Given): "utf-8" | "utf-16le" {
  const name = given.text(0, "encoding", "utf-8").toLowerCase();
  if (/^utf-?8$/.test(name)) return "utf-8";
  if (/^utf-?16-?le$/.test(name)) return "utf-16le";
  throw new TemplateFailure(`the encoding '${name}' is not known here; known are utf-8 and utf-16-le`);
}

function base64Text(given: string, encoding: "utf-8" | "utf-16le", urlSafe: boolean): string {
  const text = urlSafe ? given.replaceAll("-", "+").replaceAll("_", "/") : given;
  if (text.replace(/[^A-Za-z0-9+/=]/g, "").length % 4 !== 0) throw new TemplateFailure("the base64 is cut short");
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(Buffer.from(text, "base64"));
  } catch {
    throw new TemplateFailure(`the text is not ${encoding.toUpperCase()} in base64`);
  }
}

function hashed(type: string, value: unknown): string {
  if (!isHash(type)) throw new TemplateFailure(`there is no hash '${type}'`);
  return new Bun.CryptoHasher(type).update(toStr(value)).digest("hex");
}

/** Ansible's own. */
const UUIDS = "361e6d51-faec-444a-9079-341386da8e2e";

/** Of version 5. */
function uuidOf(name: string, namespace: string): string {
  const space = namespace.replace(/^urn:uuid:/, "").replace(/[-{}]/g, "");
  if (!/^[0-9a-fA-F]{32}$/.test(space)) throw new TemplateFailure(`'${namespace}' is no UUID`);
  const bytes = new Bun.CryptoHasher("sha1").update(Buffer.from(space, "hex")).update(name).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function isHash(type: string): type is "md5" | "sha1" | "sha224" | "sha256" | "sha384" | "sha512" {
  return /^(md5|sha1|sha224|sha256|sha384|sha512)$/.test(type);
}
