import type { LuaCore } from "./core.ts";
import type { LuaFunction } from "./types.ts";

/** A Lua function kept in the registry. */
export class AnchoredFunction implements LuaFunction {
  readonly kind = "lua-function";
  readonly anchor: number;
  released = false;
  readonly #core: LuaCore;

  constructor(core: LuaCore, anchor: number) {
    this.#core = core;
    this.anchor = anchor;
  }

  release(): void {
    if (this.released) return;
    this.released = true;
    this.#core.release(this.anchor);
  }
}

export function isLuaFunction(value: unknown): value is LuaFunction {
  return value instanceof AnchoredFunction;
}
