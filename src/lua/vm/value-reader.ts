import { byCodePoint } from "../../base/code-points.ts";
import { SlothError } from "../../base/errors.ts";
import { Float } from "../../base/value.ts";
import { TYPE, type LuaCore } from "./core.ts";
import { AnchoredFunction } from "./lua-function.ts";
import type { Opaques } from "./opaque.ts";
import type { Orders } from "./orders.ts";
import { EndPrediction, type LuaArgument } from "./types.ts";
import type { LuaState } from "./wasm.ts";

export const MAX_DEPTH = 200;
const MAX_VALUES = 10_000_000;

/** Takes values from Lua's stack as plain data; what has no counterpart is refused by the name of its field. */
export class ValueReader {
  readonly #core: LuaCore;
  readonly #opaques: Opaques;
  readonly #orders: Orders;
  readonly #path: (string | number)[] = [];
  readonly #open: number[] = [];
  #argument = 0;
  #takesFunctions = false;
  #keepsFloats = false;
  #count = 0;

  constructor(core: LuaCore, opaques: Opaques, orders: Orders) {
    this.#core = core;
    this.#opaques = opaques;
    this.#orders = orders;
  }

  /** All values from `from` to the top of the stack. */
  readAll(L: LuaState, from: number, takesFunctions: boolean, keepsFloats = false): LuaArgument[] {
    this.#takesFunctions = takesFunctions;
    this.#keepsFloats = keepsFloats;
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
    this.#keepsFloats = false;
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
    if (type === TYPE.function && this.#takesFunctions) return this.#anchorFunction(L, index);
    const secret = type === TYPE.userdata ? this.#opaques.secretAt(L, index) : undefined;
    return secret ?? this.#refuse(`is a ${NAMES[type] ?? "value"}, which cannot be used here`);
  }

  #readNumber(L: LuaState, index: number): number | bigint | Float {
    const { api } = this.#core;
    const double = api.lua_tonumberx(L, index, 0);
    if (this.#keepsFloats && Number.isInteger(double) && api.lua_isinteger(L, index) === 0) return new Float(double);
    if (Number.isSafeInteger(double) || api.lua_isinteger(L, index) === 0) return double;
    return api.lua_tointegerx(L, index, 0);
  }

  #readTable(L: LuaState, index: number): LuaArgument {
    const { api } = this.#core;
    const pointer = api.lua_topointer(L, index);
    if (this.#open.includes(pointer)) this.#refuse("contains itself");
    if (this.#open.length >= MAX_DEPTH) this.#refuse(`is nested deeper than ${MAX_DEPTH} tables`);
    if (api.lua_checkstack(L, 8) === 0) this.#refuse("does not fit on Lua's stack");
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
    this.#core.pushAnchored(L, this.#opaques.emptyList);
    const marked = api.lua_rawequal(L, -1, -2) !== 0;
    api.lua_settop(L, -3);
    return marked;
  }

  #entries(L: LuaState, index: number, marked: boolean): LuaArgument {
    const { api } = this.#core;
    const list: LuaArgument[] = [];
    const fields: Record<string, LuaArgument> = {};
    let later: Map<number, LuaArgument> | undefined;
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
      else (later ??= new Map()).set(key, item);
      api.lua_settop(L, value - 1);
    }
    if (later !== undefined) this.#appendInOrder(list, later);
    if (!named) return list.length > 0 || marked ? list : fields;
    if (list.length > 0) this.#refuse("is a list and has named fields too; give it one or the other");
    return inOrder(fields, this.#orders.of(L, index));
  }

  #key(L: LuaState, index: number): string | number {
    const { api } = this.#core;
    const type = api.lua_type(L, index);
    if (type === TYPE.number && api.lua_isinteger(L, index) !== 0) return api.lua_tonumberx(L, index, 0);
    const key = type === TYPE.string ? this.#core.text(L, index) : undefined;
    if (typeof key === "string") return key;
    if (key !== undefined) return this.#refuse("has a key that is not UTF-8");
    if (type === TYPE.userdata && this.#opaques.secretAt(L, index) !== undefined)
      return this.#refuse("has a secret as a key, which would be seen and stored");
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

  #anchorFunction(L: LuaState, index: number): AnchoredFunction {
    this.#core.api.lua_pushvalue(L, index);
    return new AnchoredFunction(this.#core, this.#core.anchor(L));
  }
}

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

function setField(fields: Record<string, LuaArgument>, key: string, value: LuaArgument): true {
  if (key === "__proto__") Object.defineProperty(fields, key, { value, enumerable: true, writable: true });
  else fields[key] = value;
  return true;
}

/** The fields in the order they came with, then by name: what a table's hash makes of them is nobody's order. */
function inOrder(fields: Record<string, LuaArgument>, known: readonly string[]): Record<string, LuaArgument> {
  const names = Object.keys(fields);
  const before = known.length === 0 ? byCodePoint : byPlace(new Map(known.map((name, at) => [name, at])));
  if (names.every((name, i) => i === 0 || before(names[i - 1] ?? "", name) < 0)) return fields;
  const made: Record<string, LuaArgument> = {};
  for (const name of names.sort(before)) setField(made, name, fields[name] ?? null);
  return made;
}

function byPlace(places: ReadonlyMap<string, number>): (a: string, b: string) => number {
  return (a, b) => {
    const [left, right] = [places.get(a), places.get(b)];
    if (left === undefined) return right === undefined ? byCodePoint(a, b) : 1;
    return right === undefined ? -1 : left - right;
  };
}
