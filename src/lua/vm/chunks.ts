import { ScriptError } from "../../base/errors.ts";
import { STATUS, memoryError, type LuaCore } from "./core.ts";
import type { Sources } from "./lua-error.ts";
import { explainSyntax } from "./syntax.ts";
import { AnchoredFunction } from "./lua-function.ts";

/** Compiles files of the user's, and loads our own. */
export class Chunks {
  readonly #core: LuaCore;
  readonly #sources: Sources;

  constructor(core: LuaCore, sources: Sources) {
    this.#core = core;
    this.#sources = sources;
  }

  /** Throws ScriptError with the place when it is not Lua. */
  load(source: Uint8Array, file: string): AnchoredFunction {
    this.#sources.add(file, source);
    const message = this.#load(withoutMarks(source), `@${file}`, "t");
    if (message === undefined) return this.#take();
    const split = this.#sources.split(message);
    const isBinary = message.includes("attempt to load a binary chunk");
    if (isBinary) {
      const error = new ScriptError("E_SYNTAX", "is compiled Lua; give its source");
      throw Object.assign(error, { location: { file, line: 1 } });
    }
    const text = Buffer.from(source).toString("utf8");
    const told = explainSyntax(split.message, split.location?.line ?? 1, text);
    const error = new ScriptError("E_SYNTAX", told.message, { hint: told.hint });
    const location = { file, line: told.line };
    throw Object.assign(error, { location, source: this.#sources.line(location) });
  }

  /** Bytecode in base64, as `precompiled` makes it. */
  own(bytecode: string): AnchoredFunction {
    const message = this.#load(Buffer.from(bytecode, "base64"), "=sloth-runner", "b");
    if (message !== undefined) throw new Error(message);
    return this.#take();
  }

  /** What is wrong with it. */
  #load(chunk: Uint8Array, name: string, mode: "t" | "b"): string | undefined {
    const { api, main } = this.#core;
    const status = this.#core.loadText(main, chunk, name, mode);
    if (status === STATUS.ok) return undefined;
    const message = this.#core.shown(main, -1);
    api.lua_settop(main, 0);
    if (status === STATUS.memory) throw memoryError(this.#core.memoryLimit);
    return message;
  }

  #take(): AnchoredFunction {
    return new AnchoredFunction(this.#core, this.#core.anchor(this.#core.main));
  }
}

const NEWLINE = 10;

/** Without a BOM and a `#!` line, whose newline stays so that lines keep their numbers. */
function withoutMarks(source: Uint8Array): Uint8Array {
  const bom = source[0] === 0xef && source[1] === 0xbb && source[2] === 0xbf;
  const text = bom ? source.subarray(3) : source;
  if (text[0] !== 0x23) return text;
  const end = text.indexOf(NEWLINE);
  return end === -1 ? new Uint8Array() : text.subarray(end);
}
