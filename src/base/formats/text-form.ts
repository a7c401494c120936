import { byCodePoint } from "../code-points.ts";
import { SlothError } from "../errors.ts";
import { Float, Secret, integerValue, isObject, type Value } from "../value.ts";

export interface TextForm {
  /** "JSON", for messages; its code is E_JSON. */
  readonly format: "JSON" | "YAML" | "TOML";
  /** Members by name, not in the order they come in. */
  readonly sorted?: boolean | undefined;
  /** How a bigint is handed to the writer. Default: as it is. */
  readonly bigint?: ((value: bigint) => unknown) | undefined;
  /** How a whole number is handed to the writer. Default: as it is. */
  readonly integer?: ((value: number) => unknown) | undefined;
  /** How a float without a fraction is handed to the writer. Default: as a whole number. */
  readonly float?: ((value: number) => unknown) | undefined;
  /** Has no form for null, or for infinity and NaN. */
  readonly noNull?: boolean | undefined;
  readonly noInfinity?: boolean | undefined;
  /** Writes what a secret holds: only where the text itself is then treated as one. */
  readonly openSecrets?: boolean | undefined;
}

/** A value as a writer of text takes it. */
export function forText(value: Value, form: TextForm, at = ""): unknown {
  if (Array.isArray(value)) return value.map((item: Value, i) => forText(item, form, `${at}[${i + 1}]`));
  if (isObject(value)) {
    const entries = Object.entries(value);
    if (form.sorted === true) entries.sort(([a], [b]) => byCodePoint(a, b));
    return Object.fromEntries(entries.map(([key, item]) => [key, forText(item ?? null, form, `${at}.${key}`)]));
  }
  return scalarForText(value, form, at);
}

function scalarForText(value: Value, form: TextForm, at: string): unknown {
  const refuse = (what: string): never => {
    const where = at === "" ? "the value" : `'${at.replace(/^\./, "")}'`;
    throw new SlothError(`E_${form.format}`, `${where} cannot be written as ${form.format}: ${what}`);
  };
  if (typeof value === "bigint") return form.bigint?.(value) ?? value;
  if (value instanceof Float) return form.float?.(value.value) ?? value.value;
  if (value instanceof Uint8Array)
    return refuse("it is a string that is not UTF-8; crypto.base64_encode makes text of it");
  if (value instanceof Secret) {
    return form.openSecrets === true ? Buffer.from(value.reveal()).toString("utf8") : refuse("it is a secret");
  }
  if (value === null && form.noNull === true) return refuse("there is no null");
  if (typeof value === "number" && !Number.isFinite(value) && form.noInfinity === true) return refuse(`it is ${value}`);
  return typeof value === "number" && Number.isInteger(value) ? (form.integer?.(value) ?? value) : value;
}

/** What a parser made, as plain data: integers as Lua would read them, dates as their text. Refuses what refers to itself. */
export function fromParser(parsed: unknown, keepsFloats = false, inside: readonly unknown[] = []): Value {
  if (keepsFloats && typeof parsed === "number" && Number.isInteger(parsed)) return new Float(parsed);
  if (typeof parsed === "bigint") return integerValue(parsed);
  if (typeof parsed !== "object" || parsed === null) return parsed as Value; // parsers make nothing else
  if (parsed instanceof Uint8Array) return new Uint8Array(parsed);
  if (parsed instanceof Date) return parsed.toISOString().replace(/\.000(?=Z|[-+]|$)/, "");
  if (inside.includes(parsed)) throw new SlothError("E_CYCLE", "refers to itself, so it has no end");
  const path = [...inside, parsed];
  if (Array.isArray(parsed)) return parsed.map((item) => fromParser(item, keepsFloats, path));
  return Object.fromEntries(Object.entries(parsed).map(([key, item]) => [key, fromParser(item, keepsFloats, path)]));
}

/** Without null members, which Lua cannot tell from absent ones; nulls in lists stay, so that positions do. */
export function dropNulls(value: Value): Value {
  if (Array.isArray(value)) return value.map(dropNulls);
  if (!isObject(value)) return value;
  const members = Object.entries(value).filter(([, item]) => item !== null);
  return Object.fromEntries(members.map(([key, item]) => [key, dropNulls(item)]));
}

export function withoutBom(text: string): string {
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}
