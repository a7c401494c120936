import { ScriptError, SlothError } from "../base/errors.ts";
import { printable } from "../base/printable.ts";
import { readerOf, type Reader } from "./reader.ts";

/** Beside what it is about, and above what is below it; a line a reader: NAME KEY. */
export const READERS_FILE = ".sloth-recipients";

/** Throws at the first wrong line, with its number: a reader who is left out by mistake could read nothing. */
export function parseReaders(text: string, file: string): readonly Reader[] {
  const readers: Reader[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const failed = (why: string, hint?: string): ScriptError =>
      new ScriptError("E_RECIPIENT", `${printable(file)}:${index + 1}: ${why}`, { hint });
    const [, name = "", key = ""] = /^\s*(\S+)\s+(\S.*)$/.exec(line) ?? [];
    if (key === "" || !/^[\w.@-]+$/.test(name) || /^(age1|ssh-)/.test(name))
      throw failed("is not a name and a key", "write: ana age1… or: web1 ssh-ed25519 AAAA…");
    const reader = attempt(() => readerOf(name, key), failed, name);
    const twice = readers.find(({ id }) => id === reader.id);
    if (twice !== undefined) throw failed(`${name} has the key of ${twice.name}`, "one line a key");
    readers.push(reader);
  }
  return readers;
}

function attempt<T>(read: () => T, failed: (why: string, hint?: string) => ScriptError, name: string): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof SlothError) throw failed(`the key of ${name} ${error.message}`, error.hint);
    throw error;
  }
}

/** The text without the lines of that name; comments and order stay. */
export function withoutReader(text: string, name: string): string {
  return text
    .split(/(?<=\n)/)
    .filter((line) => /^\s*(#|$)/.test(line) || line.trim().split(/\s+/)[0] !== name)
    .join("");
}
