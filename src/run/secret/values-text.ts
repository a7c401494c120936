import { ScriptError, SlothError } from "../../base/errors.ts";
import { printable } from "../../base/printable.ts";
import type { Value } from "../../base/value.ts";
import { formatOf, parseDocumentOf } from "../../secrets/document.ts";
import { withEdits, type Edit } from "../../secrets/edit-text.ts";

/** Text of a file of values, and what it says. Throws ScriptError, with the name of the file. */
export async function readValues(file: string, bytes: Uint8Array): Promise<{ text: string; value: Value }> {
  return await about(file, async () => {
    const text = asText(bytes);
    return { text, value: await parseDocumentOf(text, formatOf(file)) };
  });
}

export async function editValues(file: string, text: string, edits: readonly Edit[]): Promise<string> {
  return await about(file, () => withEdits(text, formatOf(file), edits));
}

function asText(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new SlothError("E_VALUES", "is not UTF-8 text");
  }
}

async function about<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof SlothError)) throw cause;
    const joint = cause.message.startsWith("is ") || cause.message.startsWith("holds ") ? " " : ": ";
    throw new ScriptError(cause.code, `${printable(file)}${joint}${cause.message}`, { hint: cause.hint, cause });
  }
}
