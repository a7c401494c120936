import { isUtf8 } from "node:buffer";
import { SlothError } from "../../base/errors.ts";
import { pathBytes } from "../../base/path-text.ts";
import { LONGJMP, openLua, type LuaApi, type LuaMemory, type LuaState, type LuaWasm } from "./wasm.ts";

/** A function Lua calls directly: finds its arguments on the stack, leaves its results there and says how many, or LEAVES. */
export type NativeFunction = (L: LuaState) => number;

/**
 * How a native function ends that does not return: `raise` the value on top, `wait` to be continued, `leave` for good. C does these
 * by an exception through our frames, and each catch on its way costs as much as the throw: so they are done outside of any.
 */
export const LEAVES = { raise: -1, wait: -2, leave: -3 } as const;

export const TYPE = {
  nil: 0,
  boolean: 1,
  light: 2,
  number: 3,
  string: 4,
  table: 5,
  function: 6,
  userdata: 7,
  thread: 8,
} as const;
export const STATUS = { ok: 0, yielded: 1, syntax: 3, memory: 4 } as const;
const REGISTRY = -1_001_000;
const UPVALUE = REGISTRY - 1;
const LIBRARIES: readonly (readonly [name: string, open: string])[] = [
  ["_G", "luaopen_base"],
  ["coroutine", "luaopen_coroutine"],
  ["table", "luaopen_table"],
  ["string", "luaopen_string"],
  ["utf8", "luaopen_utf8"],
  ["math", "luaopen_math"],
  ["debug", "luaopen_debug"],
];
const SCRATCH = 65_536;
const KEYS = 256;
const LONGEST_KEY = 40;

/** Lua with its pure libraries open, and what everyone needs to talk to it: text, native functions, metatables, anchors. */
export class LuaCore {
  readonly api: LuaApi;
  readonly memory: LuaMemory;
  readonly main: LuaState;
  readonly wasm: LuaWasm;
  readonly memoryLimit: number;
  /** Decides what becomes of what a native function threw. */
  onThrown: (L: LuaState, thrown: unknown) => number = (_, thrown) => {
    throw thrown;
  };
  /** C function that goes on when a native function that chose to wait is resumed. */
  continuation = 0;
  /** Room for one number that C writes by pointer. */
  readonly cell: number;
  readonly #functions: NativeFunction[] = [];
  readonly #names = new Map<string, number>();
  readonly #keys = new Map<string, { readonly pointer: number; readonly size: number }>();
  readonly #scratch: number;
  readonly #enterFunction: number;

  static async open(memoryLimit: number): Promise<LuaCore> {
    return new LuaCore(await openLua(memoryLimit), memoryLimit);
  }

  private constructor(wasm: LuaWasm, memoryLimit: number) {
    this.wasm = wasm;
    this.memoryLimit = memoryLimit;
    this.api = wasm.api;
    this.memory = wasm.memory;
    this.main = this.api.luaL_newstate();
    this.#scratch = this.api.malloc(SCRATCH);
    this.cell = this.api.malloc(8);
    this.#enterFunction = wasm.callback(1, true, (L = 0) => this.guarded(L, this.#functionAt(L)));
    this.api.lua_atpanic(
      this.main,
      wasm.callback(1, true, (L = 0) => this.#panic(L)),
    );
    for (const [name, open] of LIBRARIES) this.api.luaL_requiref(this.main, this.name(name), wasm.pointer(open), 1);
    this.api.lua_settop(this.main, 0);
  }

  #functionAt(L: LuaState): NativeFunction {
    return this.#functions[this.api.lua_touserdata(L, UPVALUE)] ?? (() => 0);
  }

  /** Nothing but the interrupt that unwinds C may leave a native function: all else becomes a Lua error. */
  guarded(L: LuaState, fn: NativeFunction): number {
    let results: number;
    try {
      results = fn(L);
    } catch (thrown) {
      if (thrown === LONGJMP) throw thrown;
      results = this.onThrown(L, thrown);
    }
    if (results >= 0) return results;
    if (results === LEAVES.raise) return this.api.lua_error(L);
    return this.api.lua_yieldk(L, 0, 0, results === LEAVES.wait ? this.continuation : 0);
  }

  #panic(L: LuaState): never {
    throw new Error(`Lua failed outside any protected call: ${this.shown(L, -1)}`);
  }

  /** A C string that lives as long as the machine; for names from our own source. */
  name(text: string): number {
    const known = this.#names.get(text);
    if (known !== undefined) return known;
    const size = Buffer.byteLength(text);
    const pointer = this.api.malloc(size + 1);
    this.memory.bytes.write(text, pointer, "utf8");
    this.memory.bytes[pointer + size] = 0;
    this.#names.set(text, pointer);
    return pointer;
  }

  /** The string at `index`, which must be one (a number there would be changed in place). */
  text(L: LuaState, index: number): string | Uint8Array {
    const from = this.api.lua_tolstring(L, index, this.cell);
    return this.#decode(from, from + (this.memory.words[this.cell >> 2] ?? 0));
  }

  /** The same for messages: what is not UTF-8 is replaced. */
  shown(L: LuaState, index: number): string {
    const text = this.text(L, index);
    return typeof text === "string" ? text : Buffer.from(text).toString();
  }

  bytes(L: LuaState, index: number): Uint8Array {
    const from = this.api.lua_tolstring(L, index, this.cell);
    const size = this.memory.words[this.cell >> 2] ?? 0;
    return new Uint8Array(this.memory.bytes.subarray(from, from + size));
  }

  #decode(from: number, to: number): string | Uint8Array {
    const { bytes } = this.memory;
    const text = bytes.toString("utf8", from, to);
    if (!text.includes("\uFFFD")) return text;
    const part = bytes.subarray(from, to);
    return isUtf8(part) ? text : new Uint8Array(part);
  }

  /** Text of C's, up to `size` bytes long or to its NUL. */
  ctext(pointer: number, size?: number): string {
    const { bytes } = this.memory;
    return bytes.toString("utf8", pointer, size === undefined ? bytes.indexOf(0, pointer) : pointer + size);
  }

  pushText(L: LuaState, text: string): void {
    if (!text.isWellFormed()) return this.pushBytes(L, Buffer.from(pathBytes(text)));
    if (text.length * 3 > SCRATCH) return this.pushBytes(L, Buffer.from(text));
    const size = this.memory.bytes.write(text, this.#scratch, "utf8");
    this.api.lua_pushlstring(L, this.#scratch, size);
  }

  /** As pushText, of what is often the same: field names. The first ones seen are kept in Lua's memory, ready to be pushed. */
  pushKey(L: LuaState, text: string): void {
    const known = this.#keys.get(text);
    if (known !== undefined) return void this.api.lua_pushlstring(L, known.pointer, known.size);
    if (this.#keys.size < KEYS && text.length <= LONGEST_KEY && text.isWellFormed())
      this.#keys.set(text, { pointer: this.name(text), size: Buffer.byteLength(text) });
    this.pushText(L, text);
  }

  pushBytes(L: LuaState, bytes: Uint8Array): void {
    if (bytes.byteLength > SCRATCH)
      return this.#withCopy(bytes, (pointer) => void this.api.lua_pushlstring(L, pointer, bytes.byteLength));
    this.memory.bytes.set(bytes, this.#scratch);
    this.api.lua_pushlstring(L, this.#scratch, bytes.byteLength);
  }

  /** Lends a copy in Lua's memory of its own: what C does with it may call us again. */
  #withCopy<T>(bytes: Uint8Array, use: (pointer: number) => T): T {
    const pointer = this.api.malloc(Math.max(bytes.byteLength, 1));
    if (pointer === 0) throw memoryError(this.memoryLimit);
    try {
      this.memory.bytes.set(bytes, pointer);
      return use(pointer);
    } finally {
      this.api.free(pointer);
    }
  }

  /** Compiles text ("t") or our own bytecode ("b"), leaving a function or a message on the stack; answers the status. */
  loadText(L: LuaState, chunk: Uint8Array, name: string, mode: "t" | "b"): number {
    const { api } = this;
    const [named, kind] = [this.name(name), this.name(mode)];
    return this.#withCopy(chunk, (pointer) => api.luaL_loadbufferx(L, pointer, chunk.byteLength, named, kind));
  }

  pushFunction(L: LuaState, fn: NativeFunction): void {
    this.api.lua_pushlightuserdata(L, this.#functions.push(fn) - 1);
    this.api.lua_pushcclosure(L, this.#enterFunction, 1);
  }

  /** Sets `name` of the table on top. */
  setFunction(L: LuaState, name: string, fn: NativeFunction): void {
    this.pushText(L, name);
    this.pushFunction(L, fn);
    this.api.lua_rawset(L, -3);
  }

  /** Makes a metatable, keeps it, and answers its anchor. */
  metatable(name: string, functions: Readonly<Record<string, NativeFunction>>): number {
    const L = this.main;
    this.api.lua_createtable(L, 0, 4);
    this.pushText(L, "__name");
    this.pushText(L, name);
    this.api.lua_rawset(L, -3);
    for (const [event, fn] of Object.entries(functions)) this.setFunction(L, event, fn);
    return this.anchor(L);
  }

  /** Takes the value on top and keeps it from being collected. */
  anchor(L: LuaState): number {
    return this.api.luaL_ref(L, REGISTRY);
  }

  /** Anchors a function of one of Lua's libraries. */
  anchorField(library: string, name: string): number {
    this.api.lua_getglobal(this.main, this.name(library));
    this.pushText(this.main, name);
    this.api.lua_rawget(this.main, -2);
    const anchor = this.anchor(this.main);
    this.api.lua_settop(this.main, 0);
    return anchor;
  }

  release(anchor: number): void {
    this.api.luaL_unref(this.main, REGISTRY, anchor);
  }

  pushAnchored(L: LuaState, anchor: number): void {
    this.api.lua_rawgeti(L, REGISTRY, BigInt(anchor));
  }
}

export function memoryError(limit: number): SlothError {
  return new SlothError("E_MEMORY", `Lua needs more than its memory limit of ${Math.round(limit / 2 ** 20)} MiB`);
}
