import { toText } from "../../base/byte-text.ts";
import { SlothError } from "../../base/errors.ts";
import { faultOf, type HostPort, type OpenMode } from "./machine-port.ts";
import { ownLua } from "../vm/own-lua.ts";
import { LuaFile, type ReadFormat } from "./lua-file.ts";
import type { MachinePart } from "../vm/machine.ts";
import { EndPrediction } from "../vm/types.ts";
import type { Answer, HostCall, LuaArgument, LuaHostFunction, ThreadScope } from "../vm/types.ts";

export interface HostIoOptions<Scope extends ThreadScope> {
  readonly port: HostPort;
  /** What goes to standard output or error, by `io.write` or by a command that was started. */
  write(stream: "stdout" | "stderr", bytes: Uint8Array, call: HostCall<Scope>): void;
}

const INPUT = 0;
const STREAMS = ["", "stdout", "stderr"] as const;

/** Lua's `io`. Files are numbers here; `io.lua` makes them what Lua knows. */
export function hostIo<Scope extends ThreadScope>(options: HostIoOptions<Scope>): MachinePart<Scope> {
  const { port } = options;
  const files = new Map<number, LuaFile>([[INPUT, new LuaFile(port.input)]]);
  let lastId = STREAMS.length - 1;
  const keep = (file: LuaFile): Answer => {
    files.set(++lastId, file);
    return { values: [lastId] };
  };
  const at = (id: LuaArgument | undefined): LuaFile =>
    files.get(Number(id)) ?? fail("this stream cannot be read or moved in");

  const functions: readonly [name: string, call: Answering<Scope>][] = [
    [
      "open",
      ([path, mode], call) => then(port.open(pathOf(path), openMode(mode), call), (file) => keep(new LuaFile(file))),
    ],
    [
      "popen",
      async ([command, mode], call) => {
        const file = await port.popen(pathOf(command), popenMode(mode), call, (stream, bytes) =>
          options.write(stream, bytes, call),
        );
        return keep(new LuaFile(file));
      },
    ],
    ["read", ([id, ...formats], { scope }) => readAll(at(id), formats.map(readFormat), [], scope.signal)],
    [
      "write",
      ([id, text], call) => {
        const stream = id === 1 || id === 2 ? STREAMS[id] : undefined;
        if (stream === undefined) return then(at(id).write(bytesOf(text)), () => ({ values: [true] }));
        options.write(stream, bytesOf(text), call);
        return { values: [true] };
      },
    ],
    ["seek", ([id, whence, offset]) => ({ values: [at(id).seek(whenceOf(whence), Number(offset))] })],
    [
      "close",
      ([id]) => {
        const file = files.get(Number(id));
        files.delete(Number(id));
        return then(file?.close(), (status) => ({ values: [true, status] }));
      },
    ],
  ];
  return {
    functions: functions.map(([name, call]) => systemFunction(`io.${name}`, call, name === "popen")),
    lua: ownLua.io,
    close() {
      for (const file of files.values()) file.abandon();
    },
  };
}

type Answering<Scope extends ThreadScope> = (
  args: readonly LuaArgument[],
  call: HostCall<Scope>,
) => Answer | Promise<Answer>;

/** A function of Lua's own library: what the system refuses it answers as nil, text and errno. */
export function systemFunction<Scope extends ThreadScope>(
  name: string,
  call: Answering<Scope>,
  waits = false,
): LuaHostFunction<Scope> {
  const refused = (thrown: unknown): Answer => {
    if (thrown instanceof SlothError && thrown.code === "E_UNKNOWN") throw new EndPrediction(thrown.message);
    const fault = faultOf(thrown);
    if (fault === undefined) throw thrown;
    return { values: [null, fault.text, fault.errno] };
  };
  return {
    name,
    waits,
    call(args, context) {
      try {
        const answer = call(args, context);
        return answer instanceof Promise ? answer.catch(refused) : answer;
      } catch (thrown) {
        return refused(thrown);
      }
    },
  };
}

/** Lua's bytes as the program writes paths and arguments. */
export function pathOf(value: LuaArgument | undefined): string {
  const path = value instanceof Uint8Array ? toText(value) : typeof value === "string" ? value : fail("expects text");
  return path.includes("\0") ? fail("contains a NUL byte") : path;
}

function readAll(
  file: LuaFile,
  formats: readonly ReadFormat[],
  values: (Uint8Array | null)[],
  signal: AbortSignal,
): Answer | Promise<Answer> {
  for (let i = values.length; i < formats.length; i++) {
    const value = file.read(formats[i] ?? "l", signal);
    if (value instanceof Promise) {
      return value.then((bytes) =>
        bytes === null ? { values: [...values, null] } : readAll(file, formats, [...values, bytes], signal),
      );
    }
    values.push(value);
    if (value === null) break;
  }
  return { values };
}

function readFormat(format: LuaArgument): ReadFormat {
  if (typeof format === "number" && Number.isInteger(format) && format >= 0) return format;
  const letter = typeof format === "string" ? format.replace(/^\*/, "").charAt(0) : "";
  return letter === "n" || letter === "l" || letter === "L" || letter === "a" ? letter : fail("invalid format");
}

function openMode(mode: LuaArgument | undefined): OpenMode {
  const plain = typeof mode === "string" ? mode.replace(/b$/, "") : "";
  const known = (["r", "w", "a", "r+", "w+", "a+"] as const).find((one) => one === plain);
  return known ?? fail("invalid mode");
}

function popenMode(mode: LuaArgument | undefined): "r" | "w" {
  return mode === "r" || mode === "w" ? mode : fail("invalid mode");
}

function whenceOf(whence: LuaArgument | undefined): "set" | "cur" | "end" {
  return whence === "set" || whence === "cur" || whence === "end" ? whence : fail("invalid option");
}

function bytesOf(text: LuaArgument | undefined): Uint8Array {
  return text instanceof Uint8Array ? text : Buffer.from(typeof text === "string" ? text : "");
}

function then<T, R>(value: T | Promise<T>, next: (value: T) => R): R | Promise<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}

function fail(what: string): never {
  throw new SlothError("E_ARGUMENT", what);
}
