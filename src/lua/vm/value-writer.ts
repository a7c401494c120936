import { SlothError } from "../../base/errors.ts";
import type { Shape } from "../../engine/shape.ts";
import { Float, Secret } from "../../base/value.ts";
import type { LuaCore } from "./core.ts";
import { AnchoredFunction, isLuaFunction } from "./lua-function.ts";
import type { Opaques } from "./opaque.ts";
import type { Orders } from "./orders.ts";
import type { LuaArgument, LuaFunction } from "./types.ts";
import { MAX_DEPTH } from "./value-reader.ts";
import type { LuaState } from "./wasm.ts";

export interface PushOptions {
  readonly keepsNull?: boolean | undefined;
  readonly keepsOrder?: boolean | undefined;
  /** Of the value: its tables are strict about fields that are not in it. */
  readonly shape?: Shape | undefined;
}

/** Puts plain data on Lua's stack. */
export class ValueWriter {
  readonly #core: LuaCore;
  readonly #opaques: Opaques;
  readonly #orders: Orders;

  constructor(core: LuaCore, opaques: Opaques, orders: Orders) {
    this.#core = core;
    this.#opaques = opaques;
    this.#orders = orders;
    this.#nameNull();
  }

  /** null is the light userdata 0; Lua has one metatable for all of these, and no others. */
  #nameNull(): void {
    const { api, main } = this.#core;
    const shown = (L: LuaState): number => (this.#core.pushText(L, "null"), 1);
    api.lua_pushlightuserdata(main, 0);
    this.#core.pushAnchored(main, this.#core.metatable("null", { __tostring: shown }));
    api.lua_setmetatable(main, -2);
    api.lua_settop(main, 0);
  }

  push(L: LuaState, value: LuaArgument | undefined, options: PushOptions = {}): void {
    this.#push(L, value ?? undefined, options, options.shape, 0);
  }

  #push(
    L: LuaState,
    value: LuaArgument | undefined,
    options: PushOptions,
    shape: Shape | undefined,
    depth: number,
  ): void {
    const { api } = this.#core;
    if (typeof value === "string") return this.#core.pushText(L, value);
    if (typeof value === "number") return pushNumber(api, L, value);
    if (typeof value === "boolean") return api.lua_pushboolean(L, value ? 1 : 0);
    if (typeof value === "bigint") return api.lua_pushinteger(L, fitting(value));
    if (value === undefined) return api.lua_pushnil(L);
    if (value === null) return api.lua_pushlightuserdata(L, 0);
    if (value instanceof Uint8Array) return this.#core.pushBytes(L, value);
    if (value instanceof Float) return api.lua_pushnumber(L, value.value);
    if (value instanceof Secret) return this.#opaques.pushSecret(L, value);
    if (isLuaFunction(value)) return this.pushFunction(L, value);
    if (depth >= MAX_DEPTH) throw new SlothError("E_VALUE", `the result is nested deeper than ${MAX_DEPTH} tables`);
    if (api.lua_checkstack(L, 8) === 0) throw new SlothError("E_VALUE", "the result does not fit on Lua's stack");
    if (isList(value)) return this.#pushList(L, value, options, shape, depth + 1);
    return this.#pushFields(L, value, options, shape, depth + 1);
  }

  #pushList(
    L: LuaState,
    list: readonly LuaArgument[],
    options: PushOptions,
    shape: Shape | undefined,
    depth: number,
  ): void {
    const { api } = this.#core;
    const ofItems = shape !== undefined && "items" in shape ? shape.items : undefined;
    api.lua_createtable(L, list.length, 0);
    list.forEach((item, i) => {
      this.#push(L, item ?? null, options, ofItems, depth);
      api.lua_rawseti(L, -2, integer(i + 1));
    });
    if (list.length > 0) return;
    this.#core.pushAnchored(L, this.#opaques.emptyList);
    api.lua_setmetatable(L, -2);
  }

  #pushFields(L: LuaState, fields: Fields, options: PushOptions, shape: Shape | undefined, depth: number): void {
    const { api } = this.#core;
    const strict = shape !== undefined && "fields" in shape ? shape : undefined;
    const keys = Object.keys(fields);
    api.lua_createtable(L, 0, keys.length);
    for (const key of keys) {
      const item = fields[key];
      if (item === undefined || (item === null && options.keepsNull !== true)) continue;
      this.#core.pushKey(L, key);
      this.#push(L, item, options, strict?.fields.get(key), depth);
      api.lua_rawset(L, -3);
    }
    if (options.keepsOrder === true) this.#orders.keep(L, keys);
    if (strict !== undefined) this.#opaques.strict.mark(L, strict);
  }

  pushFunction(L: LuaState, fn: LuaFunction): void {
    if (!(fn instanceof AnchoredFunction) || fn.released) throw new Error("a Lua function was used after its release");
    this.#core.pushAnchored(L, fn.anchor);
  }
}

type Fields = { readonly [key: string]: LuaArgument };

function isList(value: readonly LuaArgument[] | Fields): value is readonly LuaArgument[] {
  return Array.isArray(value);
}

/** An integer crosses into Lua as a bigint: the small ones are made once. */
const INTEGERS: bigint[] = [];

function integer(value: number): bigint {
  return value >= 0 && value < 1024 ? (INTEGERS[value] ??= BigInt(value)) : BigInt(value);
}

function pushNumber(api: LuaCore["api"], L: LuaState, value: number): void {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) api.lua_pushinteger(L, integer(value));
  else api.lua_pushnumber(L, value);
}

function fitting(value: bigint): bigint {
  if (BigInt.asIntN(64, value) === value) return value;
  throw new SlothError("E_VALUE", `${value} does not fit in a Lua integer of 64 bits`);
}
