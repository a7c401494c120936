import fs from "node:fs";
import { SlothError } from "../../base/errors.ts";
import { pathBytes, printablePath } from "../../base/path-text.ts";
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
      openFile(path, mode, (way) => namedPipe(path, way, { ...pipeCall(call, () => undefined), endsWithUs: true })),
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
function namedPipe(path: string, mode: "r" | "w", call: PipeCall): Promise<OpenFile> {
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

/** Opened without waiting: a named pipe, which may have nobody at its other end for ever, is refused. */
function readSource(path: string): Uint8Array | undefined {
  try {
    const fd = fs.openSync(pathBytes(path), fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    try {
      const found = fs.fstatSync(fd);
      if (found.isDirectory()) return undefined;
      if (!found.isFile()) throw notCode(path);
      return fs.readFileSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOENT" || errno === "ENOTDIR" || errno === "EISDIR") return undefined;
    throw error;
  }
}

export function notCode(path: string): SlothError {
  const hint = "read it with io.open and give its text to load";
  return new SlothError("E_NOT_FILE", `${printablePath(path)} is a pipe or a device, Lua code is read from files`, {
    hint,
  });
}
