import type { Location } from "../../base/errors.ts";
import type { LuaCore } from "./core.ts";
import type { LuaState } from "./wasm.ts";

/** Offsets in lua_Debug of Lua 5.4 on 32 bits. */
const AR = { source: 16, sourceLength: 20, currentLine: 24, size: 108 };
const AT = 0x40; // "@": a chunk that came from a file

/** Reads the call stack of a Lua thread. User code is what was loaded from a file; ours is not. */
export class Frames {
  readonly #core: LuaCore;
  readonly #ar: number;
  readonly #what: number;
  #file = "";

  constructor(core: LuaCore) {
    this.#core = core;
    this.#ar = core.api.malloc(AR.size);
    this.#what = core.name("Sl");
  }

  /** Of the innermost frame that is the user's, from a level on: 1 inside a function of ours, which is itself level 0. */
  locate(L: LuaState, from = 0): Location | undefined {
    const { api, memory } = this.#core;
    for (let level = from; api.lua_getstack(L, level, this.#ar) !== 0; level++) {
      api.lua_getinfo(L, this.#what, this.#ar);
      const line = memory.words[(this.#ar + AR.currentLine) >> 2] ?? -1;
      const source = memory.words[(this.#ar + AR.source) >> 2] ?? 0;
      if (line < 0 || memory.bytes[source] !== AT) continue;
      const length = memory.words[(this.#ar + AR.sourceLength) >> 2] ?? 0;
      return { file: this.#once(this.#core.ctext(source + 1, length - 1)), line };
    }
    return undefined;
  }

  /** The same string again for the same file, as thousands of places in it are kept. */
  #once(file: string): string {
    if (file !== this.#file) this.#file = file;
    return this.#file;
  }

  /** Whether the function that called the native one now running is the anchored one. */
  isCalledBy(L: LuaState, anchor: number): boolean {
    const { api } = this.#core;
    if (api.lua_getstack(L, 1, this.#ar) === 0) return false;
    api.lua_getinfo(L, this.#core.name("f"), this.#ar);
    this.#core.pushAnchored(L, anchor);
    const same = api.lua_rawequal(L, -1, -2) !== 0;
    api.lua_settop(L, -3);
    return same;
  }

  traceback(L: LuaState): string {
    const { api, main } = this.#core;
    api.luaL_traceback(main, L, 0, 0);
    const text = this.#core.text(main, -1);
    api.lua_settop(main, -2);
    return typeof text === "string" ? text : "";
  }
}
