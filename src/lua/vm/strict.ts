import { SlothError } from "../../base/errors.ts";
import type { Shape } from "../../engine/shape.ts";
import { didYouMean } from "../../base/nearest.ts";
import { TYPE, type LuaCore } from "./core.ts";
import type { LuaState } from "./wasm.ts";

export type TableShape = Extract<Shape, { readonly fields: unknown }>;

/** Results of the program are strict: to read a field that no such result has is an error. One metatable for each shape. */
export class Strict {
  readonly #core: LuaCore;
  readonly #tables = new Map<Shape, number>();

  constructor(core: LuaCore) {
    this.#core = core;
  }

  /** Makes the table on top one of that shape. */
  mark(L: LuaState, shape: TableShape): void {
    this.#core.pushAnchored(L, this.#metatable(shape));
    this.#core.api.lua_setmetatable(L, -2);
  }

  #metatable(shape: TableShape): number {
    const known = this.#tables.get(shape);
    if (known !== undefined) return known;
    const made = this.#core.metatable("result", { __index: (L) => this.refuse(L, shape) });
    this.#tables.set(shape, made);
    return made;
  }

  /** For an `__index`: nil for a field that may be there, else the error. */
  refuse(L: LuaState, { fields, of }: TableShape): number {
    if (this.#core.api.lua_type(L, 2) !== TYPE.string) return 0;
    const field = this.#core.shown(L, 2);
    if (fields.has(field)) return 0;
    throw noField(field, of, fields.keys());
  }
}

export function noField(field: string, of: string, known: Iterable<string>): SlothError {
  const names = [...known];
  const hint = didYouMean(field, names) ?? `it has ${names.join(", ")}`;
  return new SlothError("E_UNDEFINED", `'${field}' is not a field of ${of}`, { hint });
}
