import { SlothError } from "../base/errors.ts";
import { decodeJson } from "../base/formats/json-text.ts";
import { decodeToml } from "../base/formats/toml-text.ts";
import { decodeYaml } from "../base/formats/yaml-text.ts";
import { isObject, type Value } from "../base/value.ts";
import { isLeaf, type Step } from "./leaf-text.ts";

export type Format = "yaml" | "json" | "toml";

/** By its name; what else a file of values may be called is YAML. */
export function formatOf(file: string): Format {
  if (/\.json$/i.test(file)) return "json";
  return /\.toml$/i.test(file) ? "toml" : "yaml";
}

/** null for an empty one. */
export async function parseDocumentOf(text: string, format: Format): Promise<Value> {
  if (format === "toml") return await decodeToml(text);
  if (format === "json") return text.trim() === "" ? null : decodeJson(text);
  const documents = await decodeYaml(text, { tags: ["!vault"] });
  if (documents.length > 1) throw new SlothError("E_VALUES", `holds ${documents.length} documents, expected one`);
  return documents[0] ?? null;
}

export interface Text {
  readonly path: readonly Step[];
  readonly text: string;
}

/** Every text in it, in order. */
export function textsIn(value: Value, path: readonly Step[] = []): readonly Text[] {
  if (typeof value === "string") return [{ path, text: value }];
  if (Array.isArray(value)) return value.flatMap((item: Value, at) => textsIn(item, [...path, at]));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => textsIn(item, [...path, key]));
}

/** Numbers too, as they are written. */
export function plainIn(value: Value): readonly Text[] {
  return textsIn(numbersAsTexts(value));
}

function numbersAsTexts(value: Value): Value {
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  if (Array.isArray(value)) return value.map(numbersAsTexts);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, numbersAsTexts(item)]));
}

/** Those that are secrets. */
export function leavesIn(value: Value): readonly Text[] {
  return textsIn(value).filter(({ text }) => isLeaf(text));
}
