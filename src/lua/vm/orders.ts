import { TYPE, type LuaCore } from "./core.ts";
import type { LuaState } from "./wasm.ts";

/**
 * The order of maps that came with one, for pairs and for when they go back: Lua keeps none itself. A table with weak keys, so an order
 * lives as long as its map; maps of the same names that come one after another share theirs.
 */
export class Orders {
  readonly #core: LuaCore;
  /** Anchor of the table of lists by map. */
  readonly table: number;
  #any = false;
  #lastNames: readonly string[] = [];
  #lastList: number;

  constructor(core: LuaCore) {
    this.#core = core;
    const { api, main } = core;
    api.lua_createtable(main, 0, 0);
    api.lua_createtable(main, 0, 1);
    core.pushText(main, "__mode");
    core.pushText(main, "k");
    api.lua_rawset(main, -3);
    api.lua_setmetatable(main, -2);
    this.table = core.anchor(main);
    api.lua_createtable(main, 0, 0);
    this.#lastList = core.anchor(main);
  }

  /** Keeps the order of the map on top. */
  keep(L: LuaState, names: readonly string[]): void {
    if (names.length === 0) return;
    const { api } = this.#core;
    this.#any = true;
    if (!sameNames(names, this.#lastNames)) this.#remember(L, names);
    this.#core.pushAnchored(L, this.table);
    api.lua_pushvalue(L, -2);
    this.#core.pushAnchored(L, this.#lastList);
    api.lua_rawset(L, -3);
    api.lua_settop(L, -2);
  }

  #remember(L: LuaState, names: readonly string[]): void {
    const { api } = this.#core;
    api.lua_createtable(L, names.length, 0);
    names.forEach((name, i) => {
      this.#core.pushKey(L, name);
      api.lua_rawseti(L, -2, BigInt(i + 1));
    });
    this.#core.release(this.#lastList);
    this.#lastList = this.#core.anchor(L);
    this.#lastNames = names;
  }

  /** The names in the order that the table at `index` came with; none when it came without. */
  of(L: LuaState, index: number): readonly string[] {
    if (!this.#any) return [];
    const { api } = this.#core;
    const top = api.lua_gettop(L);
    this.#core.pushAnchored(L, this.table);
    api.lua_pushvalue(L, index);
    const found = api.lua_rawget(L, -2) === TYPE.table;
    const names = found ? this.#names(L) : [];
    api.lua_settop(L, top);
    return names;
  }

  #names(L: LuaState): readonly string[] {
    const { api } = this.#core;
    const names: string[] = [];
    const list = api.lua_gettop(L);
    for (let i = 1n; api.lua_rawgeti(L, list, i) === TYPE.string; i++) {
      names.push(this.#core.shown(L, -1));
      api.lua_settop(L, list);
    }
    return names;
  }
}

function sameNames(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((name, i) => name === right[i]);
}
