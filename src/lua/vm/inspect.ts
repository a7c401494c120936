import type { Chunks } from "./chunks.ts";
import { STATUS, type LuaCore } from "./core.ts";
import { ownLua } from "./own-lua.ts";
import { isLuaFunction } from "./lua-function.ts";
import type { LuaFunction } from "./types.ts";
import type { ValueReader } from "./value-reader.ts";
import type { ValueWriter } from "./value-writer.ts";
import type { LuaState } from "./wasm.ts";

/** What the checker asks of the machine, outside of any task. */
export class Inspector {
  readonly #core: LuaCore;
  readonly #chunks: Chunks;
  readonly #reader: ValueReader;
  readonly #writer: ValueWriter;
  readonly #dump: number;

  constructor(core: LuaCore, chunks: Chunks, reader: ValueReader, writer: ValueWriter) {
    this.#core = core;
    this.#chunks = chunks;
    this.#reader = reader;
    this.#writer = writer;
    this.#dump = core.anchorField("string", "dump");
  }

  /** A compiled chunk as string.dump writes it, with its lines. */
  bytecode(fn: LuaFunction): Uint8Array {
    return this.#run(
      (L) => {
        this.#core.pushAnchored(L, this.#dump);
        this.#writer.pushFunction(L, fn);
        return 1;
      },
      (L) => this.#core.bytes(L, -1),
    );
  }

  /** Which of these dotted names there are not, with what there is beside each. */
  missingNames(paths: readonly string[]): ReadonlyMap<string, readonly string[]> {
    const missing = this.#run(
      (L) => {
        this.#writer.pushFunction(L, this.#chunks.own(ownLua.names));
        return 0;
      },
      (L) => this.#reader.readResults(L)[0],
    );
    if (!isLuaFunction(missing)) throw new Error("names.lua answers a function");
    const said = this.#run(
      (L) => {
        this.#writer.pushFunction(L, missing);
        this.#writer.push(L, paths);
        return 1;
      },
      (L) => this.#reader.readResults(L)[0] as { readonly [path: string]: readonly string[] },
    );
    missing.release();
    return new Map(Object.entries(said));
  }

  /** Calls what `push` leaves on a stack of its own, with so many arguments. */
  #run<T>(push: (L: LuaState) => number, read: (L: LuaState) => T): T {
    const { api, main } = this.#core;
    const thread = api.lua_newthread(main);
    const anchor = this.#core.anchor(main);
    try {
      const status = api.lua_resume(thread, 0, push(thread), this.#core.cell);
      if (status !== STATUS.ok) throw new Error(this.#core.shown(thread, -1));
      return read(thread);
    } finally {
      this.#core.release(anchor);
    }
  }
}
