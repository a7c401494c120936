import { SlothError } from "../errors.ts";
import { Secret } from "../engine/value.ts";
import { TYPE, type LuaCore } from "./core.ts";
import type { Opaques } from "./opaque.ts";
import { EndPrediction, type LuaArgument, type LuaFunction } from "./types.ts";
import type { LuaState } from "./wasm.ts";

const MAX_DEPTH = 200;
const MAX_VALUES = 10_000_000;
/** An integer crosses into Lua as a bigint: the small ones are made once. */
const INTEGERS: bigint[] = [];

function integer(value: number): bigint {
  return value >= 0 && value < 1024 ? (INTEGERS[value] ??= BigInt(value)) : BigInt(value);
}

export interface PushOptions {
  readonly keepsNull?: boolean | undefined;
}

/** Carries values between Lua's stack and plain data; what has no counterpart is refused by the name of its field. */
export class Values {
  readonly #core: LuaCore;
  readonly #opaques: Opaques;
  readonly #path: (string | number)[] = [];
  readonly #open: number[] = [];
  #argument = 0;
  #takesFunctions = false;
  #count = 0;
  #emptyList = 0;

  constructor(core: LuaCore, opaques: Opaques) {
    this.#core = core;
    this.#opaques = opaques;
    this.#emptyList = core.metatable("list", {});
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

  /** All values from `from` to the top of the stack. */
  readAll(L: LuaState, from: number, takesFunctions: boolean): LuaArgument[] {
    this.#takesFunctions = takesFunctions;
    this.#count = 0;
    const top = this.#core.api.lua_gettop(L);
    const values: LuaArgument[] = [];
    for (let index = from; index <= top; index++) {
      this.#argument = index - from + 1;
      values.push(this.#root(L, index));
    }
    return values;
  }

  /** What a function returned. It may return anything: what has no counterpart here comes as true. */
  readResults(L: LuaState): LuaArgument[] {
    this.#takesFunctions = true;
    this.#count = 0;
    const top = this.#core.api.lua_gettop(L);
    return Array.from({ length: top }, (_, i) => {
      try {
        return this.#root(L, i + 1);
      } catch (error) {
        if (!(error instanceof SlothError) && !(error instanceof EndPrediction)) throw error;
        this.#core.api.lua_settop(L, top);
        return true;
      }
    });
  }

  #root(L: LuaState, index: number): LuaArgument {
    this.#path.length = 0;
    this.#open.length = 0;
    return this.#read(L, index);
  }

  #read(L: LuaState, index: number): LuaArgument {
    const { api } = this.#core;
    const type = api.lua_type(L, index);
    if (type === TYPE.string) return this.#core.text(L, index);
    if (type === TYPE.number) return this.#readNumber(L, index);
    if (type === TYPE.boolean) return api.lua_toboolean(L, index) !== 0;
    if (type === TYPE.table) return this.#readTable(L, index);
    if (type <= TYPE.nil) return null;
    if (type === TYPE.light && api.lua_touserdata(L, index) === 0) return null;
    if (type === TYPE.function && this.#takesFunctions) return this.anchorFunction(L, index);
    const secret = type === TYPE.userdata ? this.#opaques.secretAt(L, index) : undefined;
    return secret ?? this.#refuse(`is a ${NAMES[type] ?? "value"}, which cannot be used here`);
  }

  #readNumber(L: LuaState, index: number): number | bigint {
    const { api } = this.#core;
    const double = api.lua_tonumberx(L, index, 0);
    if (Number.isSafeInteger(double) || api.lua_isinteger(L, index) === 0) return double;
    return api.lua_tointegerx(L, index, 0);
  }

  #readTable(L: LuaState, index: number): LuaArgument {
    const { api } = this.#core;
    const pointer = api.lua_topointer(L, index);
    if (this.#open.includes(pointer)) this.#refuse("contains itself");
    if (this.#open.length >= MAX_DEPTH) this.#refuse(`is nested deeper than ${MAX_DEPTH} tables`);
    if (api.lua_checkstack(L, 4) === 0) this.#refuse("does not fit on Lua's stack");
    const marked = this.#marked(L, index, pointer);
    this.#open.push(pointer);
    const value = this.#entries(L, index, marked);
    this.#open.pop();
    return value;
  }

  /** Whether it is a list that was empty when it came. A result that is not known yet ends the prediction. */
  #marked(L: LuaState, index: number, pointer: number): boolean {
    const { api } = this.#core;
    if (api.lua_getmetatable(L, index) === 0) return false;
    this.#opaques.refuseUnknown(pointer);
    this.#core.pushAnchored(L, this.#emptyList);
    const marked = api.lua_rawequal(L, -1, -2) !== 0;
    api.lua_settop(L, -3);
    return marked;
  }

  #entries(L: LuaState, index: number, marked: boolean): LuaArgument {
    const { api } = this.#core;
    const list: LuaArgument[] = [];
    const fields: Record<string, LuaArgument> = {};
    const later = new Map<number, LuaArgument>();
    let named = false;
    api.lua_pushnil(L);
    const value = api.lua_gettop(L) + 1;
    while (api.lua_next(L, index) !== 0) {
      if (++this.#count > MAX_VALUES) this.#refuse(`brings more than ${MAX_VALUES} values`);
      const key = this.#key(L, value - 1);
      this.#path.push(key);
      const item = this.#read(L, value);
      this.#path.pop();
      if (typeof key === "string") named = setField(fields, key, item);
      else if (key === list.length + 1) list.push(item);
      else later.set(key, item);
      api.lua_settop(L, value - 1);
    }
    if (later.size > 0) this.#appendInOrder(list, later);
    if (!named) return list.length > 0 || marked ? list : fields;
    if (list.length > 0) this.#refuse("is a list and has named fields too; give it one or the other");
    return fields;
  }

  #key(L: LuaState, index: number): string | number {
    const { api } = this.#core;
    const type = api.lua_type(L, index);
    if (type === TYPE.number && api.lua_isinteger(L, index) !== 0) return api.lua_tonumberx(L, index, 0);
    const key = type === TYPE.string ? this.#core.text(L, index) : undefined;
    if (typeof key === "string") return key;
    if (key !== undefined) return this.#refuse("has a key that is not UTF-8");
    return this.#refuse(`has a ${NAMES[type] ?? "value"} as a key; keys are strings, or 1, 2, 3… in a list`);
  }

  #appendInOrder(list: LuaArgument[], later: Map<number, LuaArgument>): void {
    for (const [position, item] of [...later].sort(([a], [b]) => a - b)) {
      const missing = list.length + 1;
      if (position !== missing)
        this.#refuse(
          `has [${position}] but no [${missing}]; a list has no gaps (json.null can fill one), and other keys are strings`,
        );
      list.push(item);
    }
  }

  #refuse(what: string): never {
    const field = this.#path.map((key) => (typeof key === "number" ? `[${key}]` : `.${key}`)).join("");
    const subject = field === "" ? `argument ${this.#argument}` : `'${field.replace(/^\./, "")}'`;
    throw new SlothError("E_VALUE", `${subject} ${what}`);
  }

  anchorFunction(L: LuaState, index: number): AnchoredFunction {
    this.#core.api.lua_pushvalue(L, index);
    return new AnchoredFunction(this.#core, this.#core.anchor(L));
  }

  push(L: LuaState, value: LuaArgument | undefined, options: PushOptions = {}): void {
    this.#push(L, value ?? undefined, options.keepsNull === true, 0);
  }

  #push(L: LuaState, value: LuaArgument | undefined, keepsNull: boolean, depth: number): void {
    const { api } = this.#core;
    if (typeof value === "string") return this.#core.pushText(L, value);
    if (typeof value === "number") return pushNumber(api, L, value);
    if (typeof value === "boolean") return api.lua_pushboolean(L, value ? 1 : 0);
    if (typeof value === "bigint") return api.lua_pushinteger(L, fitting(value));
    if (value === undefined) return api.lua_pushnil(L);
    if (value === null) return api.lua_pushlightuserdata(L, 0);
    if (value instanceof Uint8Array) return this.#core.pushBytes(L, value);
    if (value instanceof Secret) return this.#opaques.pushSecret(L, value);
    if (isLuaFunction(value)) return this.pushFunction(L, value);
    if (depth >= MAX_DEPTH) throw new SlothError("E_VALUE", `the result is nested deeper than ${MAX_DEPTH} tables`);
    if (api.lua_checkstack(L, 4) === 0) throw new SlothError("E_VALUE", "the result does not fit on Lua's stack");
    if (isList(value)) return this.#pushList(L, value, keepsNull, depth + 1);
    return this.#pushFields(L, value, keepsNull, depth + 1);
  }

  #pushList(L: LuaState, list: readonly LuaArgument[], keepsNull: boolean, depth: number): void {
    const { api } = this.#core;
    api.lua_createtable(L, list.length, 0);
    list.forEach((item, i) => {
      this.#push(L, item ?? null, keepsNull, depth);
      api.lua_rawseti(L, -2, integer(i + 1));
    });
    if (list.length > 0) return;
    this.#core.pushAnchored(L, this.#emptyList);
    api.lua_setmetatable(L, -2);
  }

  #pushFields(L: LuaState, fields: Fields, keepsNull: boolean, depth: number): void {
    const { api } = this.#core;
    const keys = Object.keys(fields);
    api.lua_createtable(L, 0, keys.length);
    for (const key of keys) {
      const item = fields[key];
      if (item === undefined || (item === null && !keepsNull)) continue;
      this.#core.pushKey(L, key);
      this.#push(L, item, keepsNull, depth);
      api.lua_rawset(L, -3);
    }
  }

  pushFunction(L: LuaState, fn: LuaFunction): void {
    if (!(fn instanceof AnchoredFunction) || fn.released) throw new Error("a Lua function was used after its release");
    this.#core.pushAnchored(L, fn.anchor);
  }
}

type Fields = { readonly [key: string]: LuaArgument };

const NAMES: Readonly<Record<number, string>> = {
  [TYPE.nil]: "nil",
  [TYPE.boolean]: "boolean",
  [TYPE.light]: "userdata",
  [TYPE.number]: "number",
  [TYPE.table]: "table",
  [TYPE.function]: "function",
  [TYPE.userdata]: "userdata",
  [TYPE.thread]: "coroutine",
};

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

function isList(value: readonly LuaArgument[] | Fields): value is readonly LuaArgument[] {
  return Array.isArray(value);
}

function setField(fields: Record<string, LuaArgument>, key: string, value: LuaArgument): true {
  if (key === "__proto__") Object.defineProperty(fields, key, { value, enumerable: true, writable: true });
  else fields[key] = value;
  return true;
}

function pushNumber(api: LuaCore["api"], L: LuaState, value: number): void {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) api.lua_pushinteger(L, integer(value));
  else api.lua_pushnumber(L, value);
}

function fitting(value: bigint): bigint {
  if (BigInt.asIntN(64, value) === value) return value;
  throw new SlothError("E_VALUE", `${value} does not fit in a Lua integer of 64 bits`);
}
