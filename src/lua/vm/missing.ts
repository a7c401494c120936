import { SlothError } from "../../base/errors.ts";
import { didYouMean } from "../../base/nearest.ts";
import { TYPE, type LuaCore } from "./core.ts";
import { OTHER_NAMES } from "./other-languages.ts";
import type { LuaState } from "./wasm.ts";

/** `missing(members, key, module)`: raises the error for a name that is not there; without `module` they are the globals. */
export function missing(core: LuaCore, L: LuaState): number {
  const { api } = core;
  if (api.lua_type(L, 2) !== TYPE.string) return 0;
  const key = core.shown(L, 2);
  const names = keysOf(core, L);
  if (api.lua_type(L, 3) !== TYPE.string)
    throw new SlothError("E_UNDEFINED", `undefined global '${key}'`, { hint: meantGlobal(key, names) });
  const hint = didYouMean(key, names) ?? `it has ${names.sort().join(", ")}`;
  throw new SlothError("E_UNDEFINED", `'${key}' is not in ${core.shown(L, 3)}`, { hint });
}

/** What an undefined global was likely meant to be. */
export function meantGlobal(name: string, known: readonly string[]): string | undefined {
  if (Object.hasOwn(OTHER_NAMES, name)) return `it is ${OTHER_NAMES[name]} in Lua`;
  return didYouMean(name, known) ?? `a text stands in quotes: "${name}"`;
}

/** The strings among the keys of the first argument. */
function keysOf(core: LuaCore, L: LuaState): string[] {
  const { api } = core;
  const names: string[] = [];
  api.lua_pushnil(L);
  const key = api.lua_gettop(L);
  while (api.lua_next(L, 1) !== 0) {
    if (api.lua_type(L, key) === TYPE.string) names.push(core.shown(L, key));
    api.lua_settop(L, key);
  }
  return names;
}
