import { isObject, type Value } from "../../../engine/value.ts";
import { TemplateFailure } from "./failure.ts";

/** JSON as values of a template; whole numbers stay whole, however large. */
export function fromJson(text: string): unknown {
  try {
    const parsed: unknown = JSON.parse(text, (_, value: unknown, context?: { readonly source?: string }) =>
      typeof value === "number" && /^-?\d+$/.test(context?.source ?? String(value))
        ? BigInt(context?.source ?? value)
        : value,
    );
    return asDicts(parsed as Value);
  } catch (error) {
    throw new TemplateFailure(`not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function asDicts(value: Value): unknown {
  if (Array.isArray(value)) return value.map(asDicts);
  return isObject(value) ? new Map(Object.entries(value).map(([key, item]) => [key, asDicts(item)])) : value;
}
