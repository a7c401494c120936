import { decodeValue, isObject, type Value, type ValueObject } from "../../base/value.ts";
import { damaged } from "./errors.ts";

/** A value from a column that encodeValue filled. */
export function readValue(path: string, text: string): Value {
  try {
    return decodeValue(text);
  } catch (error) {
    throw damaged(path, error);
  }
}

export function readObject(path: string, text: string | null): ValueObject | null {
  const value = text === null ? null : readValue(path, text);
  if (value === null || isObject(value)) return value;
  throw damaged(path, "a column holds no object");
}

export function readList(path: string, text: string): readonly Value[] {
  const value = readValue(path, text);
  if (Array.isArray(value)) return value;
  throw damaged(path, "a column holds no list");
}

export function textOf(value: Value | undefined): string {
  return typeof value === "string" ? value : "";
}
