import type { Chunks } from "./chunks.ts";
import { STATUS, type LuaCore, type NativeFunction } from "./core.ts";
import type { MachineOptions } from "./machine.ts";
import { missing } from "./missing.ts";
import { moduleTree, type ModuleTree } from "./module-tree.ts";
import type { Opaques } from "./opaque.ts";
import type { Orders } from "./orders.ts";
import { ownLua } from "./own-lua.ts";
import type { TableShape } from "./strict.ts";
import type { Threads } from "./threads.ts";
import type { LuaHostFunction, ThreadScope } from "./types.ts";
import type { ValueWriter } from "./value-writer.ts";
import type { LuaState } from "./wasm.ts";

export interface PreludeOptions<Scope extends ThreadScope> {
  readonly core: LuaCore;
  readonly opaques: Opaques;
  readonly orders: Orders;
  readonly writer: ValueWriter;
  readonly threads: Threads<Scope>;
  readonly chunks: Chunks;
}

/** Runs our own Lua, which makes of functions of ours what scripts see. */
export function runPrelude<Scope extends ThreadScope>(
  machine: PreludeOptions<Scope>,
  options: MachineOptions<Scope>,
): void {
  const { core, writer, chunks } = machine;
  const { api, main } = core;
  const thread = api.lua_newthread(main);
  const anchor = core.anchor(main);
  writer.pushFunction(thread, chunks.own(ownLua.prelude));
  pushNative(thread, machine, options);
  const status = api.lua_resume(thread, 0, 1, core.cell);
  if (status !== STATUS.ok) throw new Error(`prelude: ${core.shown(thread, -1)}`);
  core.release(anchor);
}

/** The table `native` of prelude.lua. */
function pushNative<Scope extends ThreadScope>(
  L: LuaState,
  machine: PreludeOptions<Scope>,
  options: MachineOptions<Scope>,
): void {
  const { core, opaques, orders, writer, chunks } = machine;
  const { api } = core;
  const parts = options.parts ?? [];
  const set = (name: string, push: () => void): void => {
    core.pushText(L, name);
    push();
    api.lua_rawset(L, -3);
  };
  api.lua_createtable(L, 0, 12);
  for (const [name, fn] of Object.entries(natives(machine, options))) core.setFunction(L, name, fn);
  set("failure", () => core.pushAnchored(L, opaques.errorMetatable));
  set("orders", () => core.pushAnchored(L, orders.table));
  const functions = [...options.functions, ...parts.flatMap((part) => part.functions)];
  set("modules", () => pushModules(L, machine, moduleTree(functions, options.constants ?? {})));
  set("parts", () =>
    writer.push(
      L,
      [ownLua.pairs, ...parts.flatMap(({ lua }) => lua ?? [])].map((lua) => chunks.own(lua)),
    ),
  );
}

/** What a script may ask of an error; `hint` and the place are not in every one. */
const ERROR: TableShape = {
  fields: new Map(["code", "message", "hint", "callee", "file", "line"].map((name) => [name, undefined])),
  of: "an error",
};

function natives<Scope extends ThreadScope>(
  { core, opaques, threads }: PreludeOptions<Scope>,
  options: MachineOptions<Scope>,
): Readonly<Record<string, NativeFunction>> {
  const print: LuaHostFunction<Scope> = {
    name: "print",
    waits: false,
    call([text], call) {
      options.print(typeof text === "string" || text instanceof Uint8Array ? text : "", call);
      return { values: [] };
    },
  };
  return {
    print: threads.native(print),
    block: () => (threads.block(), 0),
    unblock: () => (threads.unblock(), 0),
    known: (L) => (opaques.refuseUnknown(core.api.lua_topointer(L, 1)), 0),
    missing: (L) => missing(core, L),
    error_field: (L) => opaques.strict.refuse(L, ERROR),
    userdata: (L) => newUserdata(core, L),
  };
}

function pushModules<Scope extends ThreadScope>(
  L: LuaState,
  machine: PreludeOptions<Scope>,
  tree: ModuleTree<Scope>,
): void {
  const { core, threads, writer } = machine;
  const { api } = core;
  api.lua_createtable(L, 0, tree.size);
  for (const [name, entry] of tree) {
    core.pushText(L, name);
    if (entry instanceof Map) pushModules(L, machine, entry);
    else if ("call" in entry) core.pushFunction(L, threads.native(entry));
    else if (entry.constant === null) api.lua_pushlightuserdata(L, 0);
    else writer.push(L, entry.constant, { keepsNull: true });
    api.lua_rawset(L, -3);
  }
}

/** `userdata(metatable)` */
function newUserdata({ api }: LuaCore, L: LuaState): number {
  api.lua_newuserdatauv(L, 0, 0);
  api.lua_pushvalue(L, 1);
  api.lua_setmetatable(L, -2);
  return 1;
}
