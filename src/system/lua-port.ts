import fs from "node:fs";
import { pathBytes } from "../engine/path-text.ts";
import type { HostPort } from "../lua/host-port.ts";
import type { Host } from "./host.ts";
import { openFile, standardInput } from "./open-file.ts";
import { openShellPipe } from "./shell-pipe.ts";
import { errnoOf } from "./system-error.ts";

/** This machine for Lua's own `io` and `os`, in a run. */
export function luaPort(host: Host): HostPort {
  return {
    input: standardInput(),
    open: (path, mode) => openFile(path, mode),
    popen: (command, mode, { scope }, onOutput) =>
      openShellPipe(command, mode, { signal: scope.signal, graceMs: host.children.graceMs, onOutput }),
    async execute(command, { scope }, onOutput) {
      const system = host.writer({ signal: scope.signal });
      return (await system.run(["/bin/sh", "-c", command], { onOutput, maxOutput: 0 })).exitCode;
    },
    remove(path) {
      const found = fs.lstatSync(pathBytes(path));
      if (found.isDirectory()) fs.rmdirSync(pathBytes(path));
      else fs.unlinkSync(pathBytes(path));
    },
    rename: (from, to) => fs.renameSync(pathBytes(from), pathBytes(to)),
    temporaryName: newTemporary,
    env: (name) => (Object.hasOwn(host.ground.env, name) ? host.ground.env[name] : undefined),
    source: readSource,
  };
}

/** As mkstemp: made at once, so that the name is ours. */
function newTemporary(): string {
  for (;;) {
    const path = `/tmp/lua_${crypto.randomUUID().slice(0, 8)}`;
    try {
      fs.closeSync(fs.openSync(path, "wx", 0o600));
      return path;
    } catch (error) {
      if (errnoOf(error) !== "EEXIST") throw error;
    }
  }
}

export function readSource(path: string): Uint8Array | undefined {
  try {
    return fs.readFileSync(pathBytes(path));
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOENT" || errno === "ENOTDIR" || errno === "EISDIR") return undefined;
    throw error;
  }
}
