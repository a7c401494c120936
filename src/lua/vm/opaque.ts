import { SlothError } from "../../base/errors.ts";
import type { Shape } from "../../engine/shape.ts";
import { Secret } from "../../base/value.ts";
import { TYPE, type LuaCore } from "./core.ts";
import type { Frames } from "./frames.ts";
import { Strict, type TableShape } from "./strict.ts";
import { EndPrediction } from "./types.ts";
import type { LuaState } from "./wasm.ts";

interface Unknown {
  readonly fields: ReadonlySet<string>;
  readonly callee: string;
  readonly shape: TableShape | undefined;
}

/**
 * Lua values that stand for something of ours: secrets, errors, and results with fields nobody can know yet. Each is found again
 * by its address, which Lua never changes, until Lua collects it.
 */
export class Opaques {
  readonly #core: LuaCore;
  readonly #frames: Frames;
  /** string.format */
  readonly #format: number;
  readonly #secrets = new Map<number, Secret>();
  readonly #errors = new Map<number, SlothError>();
  readonly #unknowns = new Map<number, Unknown>();
  /** Metatable of a list that came empty, so that it goes back as one. */
  readonly emptyList: number;
  readonly #secretTable: number;
  readonly #errorTable: number;
  readonly #unknownTable: number;
  readonly strict: Strict;

  constructor(core: LuaCore, frames: Frames) {
    this.#core = core;
    this.#frames = frames;
    this.#format = core.anchorField("string", "format");
    this.strict = new Strict(core);
    this.emptyList = core.metatable("list", {});
    const refused = (what: string) => () => {
      throw new SlothError("E_SECRET", `a secret ${what}`, { hint: "give it to a module, or join it with .." });
    };
    this.#secretTable = core.metatable("secret", {
      __gc: (L) => this.#forget(L, this.#secrets),
      __tostring: (L) => this.#secretText(L),
      __concat: (L) => this.#join(L),
      __eq: (L) => this.#same(L),
      __index: refused("has no fields"),
      __newindex: refused("has no fields"),
      __len: refused("does not tell its length"),
      __lt: refused("cannot be compared"),
      __le: refused("cannot be compared"),
    });
    this.#errorTable = core.metatable("error", {
      __gc: (L) => this.#forget(L, this.#errors),
      __tostring: (L) => this.#errorText(L),
    });
    this.#unknownTable = core.metatable("result", {
      __gc: (L) => this.#forget(L, this.#unknowns),
      __index: (L) => this.#unknownField(L),
      __pairs: (L) => {
        this.refuseUnknown(core.api.lua_topointer(L, 1));
        return 0;
      },
    });
  }

  pushSecret(L: LuaState, secret: Secret): void {
    this.#core.api.lua_newuserdatauv(L, 0, 0);
    this.#secrets.set(this.#core.api.lua_topointer(L, -1), secret);
    this.#setMetatable(L, this.#secretTable);
  }

  secretAt(L: LuaState, index: number): Secret | undefined {
    return this.#secrets.get(this.#core.api.lua_topointer(L, index));
  }

  /** The error as a table `{code, message, hint, file, line, callee}` that remembers which error it is. */
  pushError(L: LuaState, error: SlothError): void {
    const { api } = this.#core;
    api.lua_createtable(L, 0, 6);
    const { code, message, hint, callee, location } = error;
    for (const [name, text] of Object.entries({ code, message, hint, callee, file: location?.file })) {
      if (text === undefined) continue;
      this.#core.pushText(L, name);
      this.#core.pushText(L, text);
      api.lua_rawset(L, -3);
    }
    if (location !== undefined) {
      this.#core.pushText(L, "line");
      api.lua_pushinteger(L, BigInt(location.line));
      api.lua_rawset(L, -3);
    }
    this.#errors.set(api.lua_topointer(L, -1), error);
    this.#setMetatable(L, this.#errorTable);
  }

  errorAt(L: LuaState, index: number): SlothError | undefined {
    return this.#errors.get(this.#core.api.lua_topointer(L, index));
  }

  /** Anchor of the errors' metatable, for what the prelude adds to it. */
  get errorMetatable(): number {
    return this.#errorTable;
  }

  /** Marks the table on top: reading one of `fields` ends the prediction. */
  markUnknown(L: LuaState, fields: readonly string[], callee: string, shape: Shape | undefined): void {
    if (this.#core.api.lua_type(L, -1) !== TYPE.table) return;
    this.#unknowns.set(this.#core.api.lua_topointer(L, -1), {
      fields: new Set(fields),
      callee,
      shape: shape !== undefined && "fields" in shape ? shape : undefined,
    });
    this.#setMetatable(L, this.#unknownTable);
  }

  /** Ends the prediction when the table with that address is a result with unknown fields. */
  refuseUnknown(pointer: number): void {
    const unknown = this.#unknowns.get(pointer);
    if (unknown === undefined) return;
    throw new EndPrediction(`${[...unknown.fields].join(", ")} of ${unknown.callee} cannot be known before the run`);
  }

  #unknownField(L: LuaState): number {
    const { api } = this.#core;
    const unknown = this.#unknowns.get(api.lua_topointer(L, 1));
    const field = api.lua_type(L, 2) === TYPE.string ? this.#core.text(L, 2) : "";
    if (unknown !== undefined && typeof field === "string" && unknown.fields.has(field))
      throw new EndPrediction(`'${field}' of ${unknown.callee} cannot be known before the run`);
    return unknown?.shape === undefined ? 0 : this.strict.refuse(L, unknown.shape);
  }

  #setMetatable(L: LuaState, anchor: number): void {
    this.#core.pushAnchored(L, anchor);
    this.#core.api.lua_setmetatable(L, -2);
  }

  #forget(L: LuaState, kept: Map<number, unknown>): number {
    kept.delete(this.#core.api.lua_topointer(L, 1));
    return 0;
  }

  #errorText(L: LuaState): number {
    this.#core.pushText(L, String(this.errorAt(L, 1) ?? "error"));
    return 1;
  }

  /** Formatting would write "(secret)" into what is meant to hold it. */
  #secretText(L: LuaState): number {
    if (this.#frames.isCalledBy(L, this.#format))
      throw new SlothError("E_SECRET", "a secret cannot be formatted", { hint: "join it with .. to keep it secret" });
    this.#core.pushText(L, "(secret)");
    return 1;
  }

  #same(L: LuaState): number {
    const secret = this.secretAt(L, 1);
    this.#core.api.lua_pushboolean(L, secret !== undefined && secret === this.secretAt(L, 2) ? 1 : 0);
    return 1;
  }

  #join(L: LuaState): number {
    const parts = [1, 2].map((index) => this.secretAt(L, index) ?? this.#plain(L, index));
    this.pushSecret(L, Secret.joined(parts));
    return 1;
  }

  #plain(L: LuaState, index: number): Uint8Array {
    const type = this.#core.api.lua_type(L, index);
    if (type !== TYPE.string && type !== TYPE.number)
      throw new SlothError("E_SECRET", "a secret can only be joined with text, a number or another secret");
    // A copy, because reading a number as text changes it in place.
    this.#core.api.lua_pushvalue(L, index);
    return this.#core.bytes(L, -1);
  }
}
