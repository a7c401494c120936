import { ScriptError, SlothError, toError, type Location } from "../errors.ts";
import { didYouMean } from "../nearest.ts";
import type { Value } from "../engine/value.ts";
import { LEAVES, LuaCore, STATUS, TYPE, memoryError, type NativeFunction } from "./core.ts";
import { Frames } from "./frames.ts";
import { LuaError, Sources } from "./lua-error.ts";
import { Opaques } from "./opaque.ts";
import { ownLua } from "./own-lua.ts";
import { Threads } from "./threads.ts";
import { EndPrediction } from "./types.ts";
import type { HostCall, LuaArgument, LuaFunction, LuaHostFunction, ThreadScope } from "./types.ts";
import { AnchoredFunction, Values } from "./values.ts";
import type { LuaState } from "./wasm.ts";

/** Functions of ours, and Lua of ours around them: precompiled, and given the table of all modules before they are sealed. */
export interface MachinePart<Scope extends ThreadScope> {
  readonly functions: readonly LuaHostFunction<Scope>[];
  readonly lua?: string | undefined;
}

export interface MachineOptions<Scope extends ThreadScope> {
  readonly functions: readonly LuaHostFunction<Scope>[];
  /** workflow, goroutine, io and the rest of what this folder brings. */
  readonly parts?: readonly MachinePart<Scope>[] | undefined;
  /** By dotted name: `{ "json.null": null }`. */
  readonly constants?: { readonly [name: string]: Value } | undefined;
  /** Bytes; not less than the 16 MiB that Lua starts with. Default 512 MiB. */
  readonly memoryLimit?: number | undefined;
  /** What one call of `print` says, without the newline. */
  print(text: string | Uint8Array, call: HostCall<Scope>): void;
}

export interface Machine<Scope extends ThreadScope> {
  /** Compiles a file; `name` is the file as the user knows it. Throws ScriptError with the place when it is not Lua. */
  load(source: Uint8Array, name: string): LuaFunction;
  /** Runs a function on a thread of its own; any number at once. Rejects with the very error that was thrown. */
  run(fn: LuaFunction, args: readonly LuaArgument[], scope: Scope): Promise<readonly LuaArgument[]>;
  setGlobal(name: string, value: LuaArgument): void;
  /** The line of a loaded file, for messages; undefined when there is none. */
  sourceLine(location: Location): string | undefined;
  /** Bytes of memory that Lua has taken; it gives none back before it is closed. */
  memoryUsed(): number;
  /** Nothing may run after it. */
  close(): void;
}

const MEMORY_LIMIT = 512 * 1024 * 1024;

/** Opens Lua with the program's functions in it. */
export async function createMachine<Scope extends ThreadScope>(
  options: MachineOptions<Scope>,
): Promise<Machine<Scope>> {
  return new LuaMachine(await LuaCore.open(options.memoryLimit ?? MEMORY_LIMIT), options);
}

class LuaMachine<Scope extends ThreadScope> implements Machine<Scope> {
  readonly #core: LuaCore;
  readonly #frames: Frames;
  readonly #opaques: Opaques;
  readonly #values: Values;
  readonly #threads: Threads<Scope>;
  readonly #sources = new Sources();
  readonly #tostringFunction: number;
  #closed = false;

  constructor(core: LuaCore, options: MachineOptions<Scope>) {
    this.#core = core;
    core.onThrown = (L, thrown) => this.#raise(L, thrown);
    this.#frames = new Frames(core);
    this.#opaques = new Opaques(core, this.#frames);
    this.#values = new Values(core, this.#opaques);
    this.#threads = new Threads(core, this.#frames, this.#opaques, this.#values, (L, status) =>
      this.#failure(L, status),
    );
    core.pushFunction(core.main, (L) => (core.api.luaL_tolstring(L, 1, 0), 1));
    this.#tostringFunction = core.anchor(core.main);
    this.#runPrelude(options);
  }

  load(source: Uint8Array, name: string): LuaFunction {
    this.#sources.add(name, source);
    return this.#compile(withoutMarks(source), `@${name}`, "t");
  }

  async run(fn: LuaFunction, args: readonly LuaArgument[], scope: Scope): Promise<readonly LuaArgument[]> {
    if (this.#closed) throw new Error("the Lua machine is closed");
    return await this.#threads.run(fn, args, scope);
  }

  setGlobal(name: string, value: LuaArgument): void {
    this.#values.push(this.#core.main, value);
    this.#core.api.lua_setglobal(this.#core.main, this.#core.name(name));
  }

  sourceLine(location: Location): string | undefined {
    return this.#sources.line(location);
  }

  memoryUsed(): number {
    return this.#core.memory.bytes.byteLength;
  }

  close(): void {
    this.#closed = true;
  }

  #compile(chunk: Uint8Array, name: string, mode: "t" | "b"): AnchoredFunction {
    const { api, main } = this.#core;
    const status = this.#core.loadText(main, chunk, name, mode);
    if (status === STATUS.ok) return new AnchoredFunction(this.#core, this.#core.anchor(main));
    const message = this.#core.shown(main, -1);
    api.lua_settop(main, 0);
    if (status === STATUS.memory) throw memoryError(this.#core.memoryLimit);
    throw this.#syntaxError(message, name.slice(1));
  }

  #syntaxError(text: string, file: string): ScriptError {
    const { location, message } = this.#sources.split(text);
    const isBinary = message.includes("attempt to load a binary chunk");
    const error = new ScriptError("E_SYNTAX", isBinary ? "is compiled Lua; give its source" : message);
    error.location = location ?? { file, line: 1 };
    return error;
  }

  /** Our own Lua, given the functions it builds on. */
  #runPrelude(options: MachineOptions<Scope>): void {
    const { api, main } = this.#core;
    this.#values.pushFunction(main, this.#compileOwn(ownLua.prelude));
    api.lua_createtable(main, 0, 8);
    for (const [name, fn] of Object.entries(this.#natives(options))) this.#core.setFunction(main, name, fn);
    this.#core.pushText(main, "failure");
    this.#core.pushAnchored(main, this.#opaques.errorMetatable);
    api.lua_rawset(main, -3);
    this.#core.pushText(main, "modules");
    this.#pushModules(main, moduleTree(options));
    api.lua_rawset(main, -3);
    this.#core.pushText(main, "parts");
    this.#values.push(main, this.#compileParts(options.parts ?? []));
    api.lua_rawset(main, -3);
    const thread = api.lua_newthread(main);
    const anchor = this.#core.anchor(main);
    api.lua_xmove(main, thread, 2);
    const status = api.lua_resume(thread, 0, 1, this.#core.cell);
    if (status !== STATUS.ok) throw new Error(`prelude: ${this.#core.shown(thread, -1)}`);
    this.#core.release(anchor);
    api.lua_settop(main, 0);
  }

  #compileOwn(bytecode: string): AnchoredFunction {
    return this.#compile(Buffer.from(bytecode, "base64"), "=sloth-runner", "b");
  }

  #compileParts(parts: readonly MachinePart<Scope>[]): LuaFunction[] {
    return parts.flatMap(({ lua }) => (lua === undefined ? [] : [this.#compileOwn(lua)]));
  }

  #natives(options: MachineOptions<Scope>): Readonly<Record<string, NativeFunction>> {
    const print: LuaHostFunction<Scope> = {
      name: "print",
      waits: false,
      call([text], call) {
        options.print(typeof text === "string" || text instanceof Uint8Array ? text : "", call);
        return { values: [] };
      },
    };
    return {
      print: this.#threads.native(print),
      block: () => (this.#threads.block(), 0),
      unblock: () => (this.#threads.unblock(), 0),
      known: (L) => (this.#opaques.refuseUnknown(this.#core.api.lua_topointer(L, 1)), 0),
      missing: (L) => this.#missing(L),
      userdata: (L) => this.#newUserdata(L),
    };
  }

  #pushModules(L: LuaState, tree: Tree<Scope>): void {
    const { api } = this.#core;
    api.lua_createtable(L, 0, tree.size);
    for (const [name, entry] of tree) {
      this.#core.pushText(L, name);
      if (entry instanceof Map) this.#pushModules(L, entry);
      else if ("call" in entry) this.#core.pushFunction(L, this.#threads.native(entry));
      else if (entry.constant === null) api.lua_pushlightuserdata(L, 0);
      else this.#values.push(L, entry.constant, { keepsNull: true });
      api.lua_rawset(L, -3);
    }
  }

  /** `userdata(metatable)` */
  #newUserdata(L: LuaState): number {
    const { api } = this.#core;
    api.lua_newuserdatauv(L, 0, 0);
    api.lua_pushvalue(L, 1);
    api.lua_setmetatable(L, -2);
    return 1;
  }

  /** `missing(members, key, module)`: a name that is not there. */
  #missing(L: LuaState): number {
    const { api } = this.#core;
    if (api.lua_type(L, 2) !== TYPE.string) return 0;
    const key = this.#core.shown(L, 2);
    const module = api.lua_type(L, 3) === TYPE.string ? this.#core.shown(L, 3) : undefined;
    const names: string[] = [];
    api.lua_settop(L, 2);
    api.lua_pushnil(L);
    while (api.lua_next(L, 1) !== 0) {
      if (api.lua_type(L, 3) === TYPE.string) names.push(this.#core.shown(L, 3));
      api.lua_settop(L, 3);
    }
    const what = module === undefined ? `undefined global '${key}'` : `'${key}' is not in ${module}`;
    const known = module === undefined ? undefined : `it has ${names.sort().join(", ")}`;
    throw new SlothError("E_UNDEFINED", what, { hint: didYouMean(key, names) ?? known });
  }

  #raise(L: LuaState, thrown: unknown): number {
    if (!(thrown instanceof SlothError)) return this.#threads.end(L, toError(thrown));
    thrown.location ??= this.#frames.locate(L);
    this.#opaques.pushError(L, thrown);
    return LEAVES.raise;
  }

  /** What a thread died of; the error lies on top of its stack, and its frames are still there. */
  #failure(L: LuaState, status: number): SlothError {
    const { api } = this.#core;
    const traceback = this.#frames.traceback(L);
    const location = this.#frames.locate(L);
    const type = api.lua_type(L, -1);
    const known = type === TYPE.table ? this.#opaques.errorAt(L, -1) : undefined;
    if (known !== undefined) return known;
    const text = type === TYPE.string ? this.#core.shown(L, -1) : undefined;
    if (status === STATUS.memory || text === "not enough memory")
      return Object.assign(memoryError(this.#core.memoryLimit), { location, cause: traceback });
    const value = this.#valueOf(L);
    if (text === undefined) return new LuaError(this.#describe(L, value), location, value, traceback);
    const split = this.#sources.split(text);
    return new LuaError(split.message, split.location ?? location, value, traceback);
  }

  #valueOf(L: LuaState): LuaArgument | undefined {
    try {
      return this.#values.readAll(L, this.#core.api.lua_gettop(L), false)[0];
    } catch (error) {
      if (error instanceof SlothError || error instanceof EndPrediction) return undefined;
      throw error;
    }
  }

  /** An error that is not text: by its __tostring, else by its `message`, else as data. */
  #describe(L: LuaState, value: LuaArgument | undefined): string {
    const text = this.#tostring(L);
    if (text !== undefined && !/^(table|userdata|function|thread): 0x/.test(text)) return text;
    if (!isObject(value)) return `error object: ${text ?? "without text"}`;
    const message = value["message"];
    return typeof message === "string" ? message : `error object: ${Bun.inspect(value, { compact: true })}`;
  }

  #tostring(L: LuaState): string | undefined {
    const { api, main } = this.#core;
    const thread = api.lua_newthread(main);
    const anchor = this.#core.anchor(main);
    try {
      this.#core.pushAnchored(thread, this.#tostringFunction);
      api.lua_pushvalue(L, -1);
      api.lua_xmove(L, thread, 1);
      const status = api.lua_resume(thread, 0, 1, this.#core.cell);
      return status === STATUS.ok ? this.#core.shown(thread, -1) : undefined;
    } finally {
      this.#core.release(anchor);
    }
  }
}

type Tree<Scope extends ThreadScope> = Map<string, Tree<Scope> | LuaHostFunction<Scope> | { readonly constant: Value }>;

/** `stack.get_name` becomes get_name in stack. */
function moduleTree<Scope extends ThreadScope>(options: MachineOptions<Scope>): Tree<Scope> {
  const root: Tree<Scope> = new Map();
  const functions = [...options.functions, ...(options.parts ?? []).flatMap((part) => part.functions)];
  for (const fn of functions) plant(root, fn.name.split("."), fn);
  for (const [name, constant] of Object.entries(options.constants ?? {})) plant(root, name.split("."), { constant });
  return root;
}

function plant<Scope extends ThreadScope>(
  tree: Tree<Scope>,
  path: readonly string[],
  entry: LuaHostFunction<Scope> | { readonly constant: Value },
): void {
  const [name = "", ...rest] = path;
  if (rest.length === 0) return void tree.set(name, entry);
  const below = tree.get(name);
  const branch: Tree<Scope> = below instanceof Map ? below : new Map();
  tree.set(name, branch);
  plant(branch, rest, entry);
}

function isObject(value: LuaArgument | undefined): value is { readonly [key: string]: LuaArgument } {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

const NEWLINE = 10;

/** Without a BOM and a `#!` line, whose newline stays so that lines keep their numbers. */
function withoutMarks(source: Uint8Array): Uint8Array {
  const bom = source[0] === 0xef && source[1] === 0xbb && source[2] === 0xbf;
  const text = bom ? source.subarray(3) : source;
  if (text[0] !== 0x23) return text;
  const end = text.indexOf(NEWLINE);
  return end === -1 ? new Uint8Array() : text.subarray(end);
}
