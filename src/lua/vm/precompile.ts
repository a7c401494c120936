import { LuaCore, STATUS } from "./core.ts";

/**
 * Compiles one of our own Lua files to bytecode, as base64: a macro, run when the program is built (or, from source, when the file is
 * loaded). To parse them at every start would take 3 ms and 4 MiB. A macro's promise is awaited before its value is put in place.
 */
export const precompiled = compile as unknown as (file: string) => string;

async function compile(file: string): Promise<string> {
  const core = await LuaCore.open(LIMIT);
  const { api, main } = core;
  const thread = api.lua_newthread(main);
  const source = await Bun.file(new URL(file, import.meta.url)).bytes();
  core.pushAnchored(thread, core.anchorField("string", "dump"));
  if (core.loadText(thread, source, "=sloth-runner", "t") !== STATUS.ok) throw new Error(core.shown(thread, -1));
  api.lua_pushboolean(thread, 1); // without line numbers
  if (api.lua_resume(thread, 0, 2, core.cell) !== STATUS.ok) throw new Error(core.shown(thread, -1));
  return Buffer.from(core.bytes(thread, -1)).toString("base64");
}

const LIMIT = 64 * 1024 * 1024;
