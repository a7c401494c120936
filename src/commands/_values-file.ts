import { parse as parseToml, TomlDate, TomlError } from "smol-toml";
import { parse as parseYaml, YAMLParseError } from "yaml";
import { isObject, type Value, type ValueObject } from "../engine/value.ts";
import { ScriptError, SlothError } from "../errors.ts";
import { printable } from "../report/printable.ts";

type Parser = (file: string, text: string) => unknown;

/** A table from YAML, JSON or TOML: by the file's extension, else by what it can be read as. */
export function parseValuesFile(file: string, bytes: Uint8Array): ValueObject {
  const text = textOf(file, bytes);
  const parser = parsers[/\.(\w+)$/.exec(file)?.[1]?.toLowerCase() ?? ""] ?? byTrial;
  const value = toValue(parser(file, text) ?? {});
  if (!isObject(value)) throw wrong(file, undefined, "is not a table of names and values");
  return value;
}

const parsers: Readonly<Record<string, Parser>> = { yaml, yml: yaml, json, toml };

function textOf(file: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new ScriptError("E_VALUES", `${printable(file)}: is not UTF-8 text`, { cause });
  }
}

/** JSON is YAML; a TOML text is at best one long string to YAML. */
function byTrial(file: string, text: string): unknown {
  const [asYaml, asToml] = [attempt(yaml, file, text), attempt(toml, file, text)];
  if (isTable(asYaml) || asYaml === null) return asYaml;
  if (isTable(asToml)) return asToml;
  if (!(asYaml instanceof SlothError)) return asYaml;
  throw new ScriptError("E_VALUES", `${printable(file)}: is none of YAML, JSON and TOML`, {
    hint: `read as YAML: ${asYaml.toString()}`,
  });
}

function attempt(parser: Parser, file: string, text: string): unknown {
  try {
    return parser(file, text);
  } catch (thrown) {
    if (thrown instanceof SlothError) return thrown;
    throw thrown;
  }
}

function isTable(value: unknown): boolean {
  return typeof value === "object" && value !== null && !(value instanceof SlothError) && !Array.isArray(value);
}

function yaml(file: string, text: string): unknown {
  try {
    return parseYaml(text, { intAsBigInt: true, merge: true, logLevel: "error" });
  } catch (thrown) {
    if (thrown instanceof YAMLParseError)
      throw wrong(file, thrown.linePos?.[0].line, thrown.message.replace(/ at line \d+[\s\S]*$/, ""), thrown);
    // An alias without its anchor, or one that grows without bound.
    if (thrown instanceof ReferenceError) throw wrong(file, undefined, thrown.message, thrown);
    throw thrown;
  }
}

function toml(file: string, text: string): unknown {
  try {
    return parseToml(text, { integersAsBigInt: "asNeeded" });
  } catch (thrown) {
    if (!(thrown instanceof TomlError)) throw thrown;
    throw wrong(file, thrown.line, thrown.message.replace(/^Invalid TOML document: /, "").split("\n")[0] ?? "", thrown);
  }
}

/** YAML is a superset that also says where a mistake is; what only YAML allows is refused here. */
function json(file: string, text: string): unknown {
  try {
    JSON.parse(text);
  } catch (cause) {
    yaml(file, text);
    throw new ScriptError("E_VALUES", `${printable(file)}: is not JSON, though it is YAML`, {
      cause,
      hint: "name it .yaml",
    });
  }
  return yaml(file, text);
}

function wrong(file: string, line: number | undefined, message: string, cause?: unknown): ScriptError {
  const place = line === undefined ? printable(file) : `${printable(file)}:${line}`;
  return new ScriptError("E_VALUES", `${place}: ${message}`, { cause });
}

function toValue(parsed: unknown): Value {
  if (typeof parsed === "bigint") return toInteger(parsed);
  if (parsed instanceof TomlDate) return parsed.toISOString();
  if (parsed instanceof Uint8Array) return new Uint8Array(parsed);
  if (parsed instanceof Set) return [...parsed].map(toValue);
  if (Array.isArray(parsed)) return parsed.map(toValue);
  if (typeof parsed === "object" && parsed !== null)
    return Object.fromEntries(Object.entries(parsed).map(([key, value]) => [key, toValue(value)]));
  return typeof parsed === "string" || typeof parsed === "number" || typeof parsed === "boolean" ? parsed : null;
}

/** As Lua holds it: 64 bits, and beyond them a float. */
function toInteger(integer: bigint): number | bigint {
  const number = Number(integer);
  return Number.isSafeInteger(number) || BigInt.asIntN(64, integer) !== integer ? number : integer;
}
