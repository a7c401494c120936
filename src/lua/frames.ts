import type { Location } from "../errors.ts";
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

  constructor(core: LuaCore) {
    this.#core = core;
    this.#ar = core.api.malloc(AR.size);
    this.#what = core.name("Sl");
  }

  /** Of the innermost frame that is the user's. */
  locate(L: LuaState): Location | undefined {
    const { api, memory } = this.#core;
    for (let level = 0; api.lua_getstack(L, level, this.#ar) !== 0; level++) {
      api.lua_getinfo(L, this.#what, this.#ar);
      const line = memory.words[(this.#ar + AR.currentLine) >> 2] ?? -1;
      const source = memory.words[(this.#ar + AR.source) >> 2] ?? 0;
      if (line < 0 || memory.bytes[source] !== AT) continue;
      const length = memory.words[(this.#ar + AR.sourceLength) >> 2] ?? 0;
      return { file: this.#core.ctext(source + 1, length - 1), line };
    }
    return undefined;
  }

  traceback(L: LuaState): string {
    const { api, main } = this.#core;
    api.luaL_traceback(main, L, 0, 0);
    const text = this.#core.text(main, -1);
    api.lua_settop(main, -2);
    return typeof text === "string" ? text : "";
  }
}
