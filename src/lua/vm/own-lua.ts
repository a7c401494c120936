import { precompiled } from "./precompile.ts" with { type: "macro" };

/** Our own Lua, as bytecode in base64. All in one file: macros in several that are loaded at once wait for each other. */
export const ownLua = {
  prelude: precompiled("prelude.lua"),
  goroutine: precompiled("../goroutine.lua"),
  hosts: precompiled("../hosts.lua"),
  names: precompiled("../check/names.lua"),
  io: precompiled("../library/io.lua"),
  lock: precompiled("../lock.lua"),
  os: precompiled("../library/os.lua"),
  pairs: precompiled("../library/pairs.lua"),
  require: precompiled("../library/require.lua"),
};
