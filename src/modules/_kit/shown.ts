import { isObject, type Value } from "../../base/value.ts";
import { withoutSecrets } from "./secrets.ts";

/** A value for people: strings as they are, tables as JSON. Never fails and never tells a secret. */
export function shownText(value: Value): string {
  const shown = printable(withoutSecrets(value));
  return typeof shown === "object" ? JSON.stringify(shown) : String(shown);
}

function printable(value: Value): Value {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("utf8");
  if (typeof value === "bigint" || (typeof value === "number" && !Number.isFinite(value))) return String(value);
  if (Array.isArray(value)) return value.map(printable);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, printable(item)]));
}
