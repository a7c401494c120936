import { SlothError, type Location } from "../../base/errors.ts";
import type { LuaArgument } from "./types.ts";

/** An error raised by Lua code itself. `cause` is the Lua traceback. */
export class LuaError extends SlothError {
  /** What was given to `error`, when it is plain data. */
  readonly value: LuaArgument | undefined;

  constructor(message: string, location: Location | undefined, value: LuaArgument | undefined, traceback: string) {
    super("E_LUA", message, { cause: traceback });
    this.location = location;
    this.value = value;
  }
}

/** Chunks loaded from files: where they are and what they say, found by the short name Lua puts into messages. */
export class Sources {
  readonly #files = new Map<string, Uint8Array>();
  readonly #shortNames = new Map<string, string>();

  add(file: string, source: Uint8Array): void {
    this.#files.set(file, source);
    this.#shortNames.set(shortName(file), file);
  }

  /** The text of a line, trimmed; undefined when the file is not one that was loaded, or has no such line. */
  line({ file, line }: Location): string | undefined {
    const source = this.#files.get(file);
    return source === undefined ? undefined : Buffer.from(source).toString("utf8").split("\n")[line - 1]?.trim();
  }

  /** Splits `site.lua:14: message` when the front names a loaded file. */
  split(text: string): { readonly location: Location | undefined; readonly message: string } {
    const [prefix, name = "", line = ""] = /^(.+?):(\d+): /s.exec(text) ?? [];
    const file = this.#shortNames.get(name);
    if (prefix === undefined || file === undefined) return { location: undefined, message: text };
    return { location: { file, line: Number(line) }, message: text.slice(prefix.length) };
  }
}

/** As luaO_chunkid: names longer than 59 bytes lose their front. */
function shortName(file: string): string {
  const bytes = Buffer.from(file);
  return bytes.length < 60 ? file : `...${bytes.subarray(bytes.length - 56).toString("utf8")}`;
}
