import { SlothError } from "../base/errors.ts";
import { sameValue, type Value } from "../base/value.ts";
import { pathText, type Step } from "./leaf-text.ts";
import { parseDocumentOf, type Format } from "./document.ts";
import { tomlWith } from "./edit-toml.ts";
import { yamlWith } from "./edit-yaml.ts";

/** A text that is to stand at a place in a file of values. */
export interface Edit {
  readonly path: readonly Step[];
  readonly text: string;
}

/**
 * The text of a file of values with these at their places, and all else of it as it stands: comments, order, and how it is written. Throws
 * E_VALUES where that cannot be done, or would change anything else.
 */
export async function withEdits(text: string, format: Format, edits: readonly Edit[]): Promise<string> {
  if (text.startsWith(BOM)) return BOM + (await withEdits(text.slice(1), format, edits));
  const before = await parseDocumentOf(text, format);
  const expected = edits.reduce<Value>((value, { path, text: put }) => withValue(value, path, put, path), before);
  const written =
    format === "toml" ? await tomlWith(text, edits, parseDocumentOf) : await yamlWith(text, format, edits);
  const after = await parseDocumentOf(written, format).catch(() => undefined);
  if (after !== undefined && sameValue(after, expected)) return written;
  const where = edits.length === 1 ? pathText(edits[0]?.path ?? []) : "the values";
  throw new SlothError("E_VALUES", `${where} cannot be put there without a change to the rest`, {
    hint: "write the key with an empty text into the file first, on a line of its own",
  });
}

const BOM = "\uFEFF";

function withValue(value: Value, path: readonly Step[], put: string, whole: readonly Step[]): Value {
  const [step, ...rest] = path;
  if (step === undefined) return put;
  if (typeof step === "number") {
    if (!Array.isArray(value) || step >= value.length)
      throw new SlothError("E_VALUES", `there is no ${pathText(whole.slice(0, whole.length - rest.length))}`);
    return value.map((item: Value, at) => (at === step ? withValue(item, rest, put, whole) : item));
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    if (value === null) return { [step]: withValue(null, rest, put, whole) };
    throw new SlothError("E_VALUES", `${pathText(whole.slice(0, whole.length - path.length))} is no table`);
  }
  const table = new Map(Object.entries(value));
  table.set(step, withValue(table.get(step) ?? null, rest, put, whole));
  return Object.fromEntries(table);
}
