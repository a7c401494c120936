import { SlothError } from "../../base/errors.ts";
import { STATUS, TYPE, memoryError, type LuaCore } from "./core.ts";
import type { Frames } from "./frames.ts";
import { LuaError, type Sources } from "./lua-error.ts";
import type { Opaques } from "./opaque.ts";
import { EndPrediction, type LuaArgument } from "./types.ts";
import type { ValueReader } from "./value-reader.ts";
import type { LuaState } from "./wasm.ts";

export interface FailuresOptions {
  readonly core: LuaCore;
  readonly frames: Frames;
  readonly opaques: Opaques;
  readonly reader: ValueReader;
  readonly sources: Sources;
}

/** Reads the errors that Lua threads die of. */
export class Failures {
  readonly #core: LuaCore;
  readonly #frames: Frames;
  readonly #opaques: Opaques;
  readonly #reader: ValueReader;
  readonly #sources: Sources;
  readonly #tostringFunction: number;

  constructor({ core, frames, opaques, reader, sources }: FailuresOptions) {
    this.#core = core;
    this.#frames = frames;
    this.#opaques = opaques;
    this.#reader = reader;
    this.#sources = sources;
    core.pushFunction(core.main, (L) => (core.api.luaL_tolstring(L, 1, 0), 1));
    this.#tostringFunction = core.anchor(core.main);
  }

  /** What a thread died of; the error lies on top of its stack, and its frames are still there. */
  read(L: LuaState, status: number): SlothError {
    const { api } = this.#core;
    const traceback = this.#frames.traceback(L);
    const location = this.#frames.locate(L);
    const type = api.lua_type(L, -1);
    const known = type === TYPE.table ? this.#opaques.errorAt(L, -1) : undefined;
    if (known !== undefined) return known;
    const text = type === TYPE.string ? this.#core.shown(L, -1) : undefined;
    if (status === STATUS.memory || text === "not enough memory")
      return Object.assign(memoryError(this.#core.memoryLimit), { location, cause: traceback });
    const value = this.#valueOf(L);
    if (text === undefined) return new LuaError(this.#describe(L, value), location, value, traceback);
    const split = this.#sources.split(text);
    return new LuaError(split.message, split.location ?? location, value, traceback);
  }

  #valueOf(L: LuaState): LuaArgument | undefined {
    try {
      return this.#reader.readAll(L, this.#core.api.lua_gettop(L), false)[0];
    } catch (error) {
      if (error instanceof SlothError || error instanceof EndPrediction) return undefined;
      throw error;
    }
  }

  /** An error that is not text: by its __tostring, else by its `message`, else as data. */
  #describe(L: LuaState, value: LuaArgument | undefined): string {
    const text = this.#tostring(L);
    if (text !== undefined && !/^(table|userdata|function|thread): 0x/.test(text)) return text;
    if (!isObject(value)) return `error object: ${text ?? "without text"}`;
    const message = value["message"];
    return typeof message === "string" ? message : `error object: ${Bun.inspect(value, { compact: true })}`;
  }

  #tostring(L: LuaState): string | undefined {
    const { api, main } = this.#core;
    const thread = api.lua_newthread(main);
    const anchor = this.#core.anchor(main);
    try {
      this.#core.pushAnchored(thread, this.#tostringFunction);
      api.lua_pushvalue(L, -1);
      api.lua_xmove(L, thread, 1);
      const status = api.lua_resume(thread, 0, 1, this.#core.cell);
      return status === STATUS.ok ? this.#core.shown(thread, -1) : undefined;
    } finally {
      this.#core.release(anchor);
    }
  }
}

function isObject(value: LuaArgument | undefined): value is { readonly [key: string]: LuaArgument } {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
