import fs from "node:fs";
import { pathBytes } from "../../base/path-text.ts";
import type { HostPort, OpenFile, OutputListener } from "../../lua/library/machine-port.ts";
import type { HostCall, ThreadScope } from "../../lua/vm/types.ts";
import type { Host } from "../host.ts";
import { openFile, standardInput } from "../files/open-file.ts";
import { openPipe, type PipeCall } from "../processes/child-pipe.ts";
import { errnoOf } from "../system-error.ts";

/** This machine for Lua's own `io` and `os`, in a run. */
export function luaPort(host: Host): HostPort {
  const pipeCall = ({ scope }: HostCall<ThreadScope>, onOutput: OutputListener): PipeCall => ({
    signal: scope.signal,
    graceMs: host.children.graceMs,
    onOutput,
  });
  return {
    input: standardInput(),
    open: (path, mode, call) =>
      openFile(path, mode, (way) =>
        namedPipe(
          path,
          way,
          pipeCall(call, () => undefined),
        ),
      ),
    popen: (command, mode, call, onOutput) => openPipe(["/bin/sh", "-c", command], mode, pipeCall(call, onOutput)),
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

/** The name is an argument, never part of the text the shell reads. */
export function namedPipe(path: string, mode: "r" | "w", call: PipeCall): Promise<OpenFile> {
  const copy = mode === "r" ? 'exec cat < "$0"' : 'exec cat > "$0"';
  return openPipe(["/bin/sh", "-c", copy, path], mode, call);
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
