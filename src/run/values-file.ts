import { isObject, type Value, type ValueObject } from "../base/value.ts";
import { ScriptError, SlothError } from "../base/errors.ts";
import { decodeJson } from "../base/formats/json-text.ts";
import { decodeToml } from "../base/formats/toml-text.ts";
import { decodeYaml } from "../base/formats/yaml-text.ts";
import { printable } from "../base/printable.ts";

type Parser = (text: string) => Promise<Value>;

/** A table from YAML, JSON or TOML: by the file's extension, else by what it can be read as. */
export async function parseValuesFile(file: string, bytes: Uint8Array): Promise<ValueObject> {
  const extension = /\.(\w+)$/.exec(file)?.[1]?.toLowerCase() ?? "";
  try {
    const value = await (parsers[extension] ?? byTrial)(textOf(bytes));
    if (!isObject(value)) throw new SlothError("E_VALUES", "is not a table of names and values");
    return value;
  } catch (cause) {
    if (!(cause instanceof SlothError)) throw cause;
    throw new ScriptError("E_VALUES", `${printable(file)} ${cause.message}`, { cause, hint: cause.hint });
  }
}

const parsers: Readonly<Record<string, Parser>> = {
  yaml: fromYaml,
  yml: fromYaml,
  json: (text) => Promise.resolve(text.trim() === "" ? {} : decodeJson(text, { keepsFloats: true })),
  toml: fromToml,
};

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new SlothError("E_VALUES", "is not UTF-8 text");
  }
}

async function fromYaml(text: string): Promise<Value> {
  const documents = await decodeYaml(text, { keepsFloats: true, tags: ["!vault"] });
  if (documents.length > 1) throw new SlothError("E_VALUES", `holds ${documents.length} documents, expected one`);
  return documents[0] ?? {};
}

async function fromToml(text: string): Promise<Value> {
  return await decodeToml(text, { keepsFloats: true });
}

/** JSON is YAML, and a TOML text is at best one long string to YAML. */
async function byTrial(text: string): Promise<Value> {
  const asYaml = await attempt(fromYaml, text);
  if (!(asYaml instanceof SlothError) && isObject(asYaml)) return asYaml;
  const asToml = await attempt(fromToml, text);
  if (!(asToml instanceof SlothError)) return asToml;
  if (!(asYaml instanceof SlothError)) return asYaml;
  throw new SlothError("E_VALUES", `is none of YAML, JSON and TOML`, { hint: `as YAML it ${asYaml.message}` });
}

async function attempt(parser: Parser, text: string): Promise<Value | SlothError> {
  return await parser(text).catch((thrown: unknown) => {
    if (thrown instanceof SlothError) return thrown;
    throw thrown;
  });
}
