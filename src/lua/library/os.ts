import { SlothError } from "../../base/errors.ts";
import { breakDown, formatDate, secondsOf } from "./date.ts";
import { pathOf, systemFunction, type HostIoOptions } from "./io.ts";
import type { MachinePart } from "../vm/machine.ts";
import { ownLua } from "../vm/own-lua.ts";
import { ExitRequested } from "../vm/types.ts";
import type { Answer, HostCall, LuaArgument, LuaHostFunction, ThreadScope } from "../vm/types.ts";

/** Lua's `os`. */
export function hostOs<Scope extends ThreadScope>(options: HostIoOptions<Scope>): MachinePart<Scope> {
  const { port } = options;
  const define = (
    name: string,
    call: (args: readonly LuaArgument[], call: HostCall<Scope>) => Answer | Promise<Answer>,
  ): LuaHostFunction<Scope> => systemFunction(`os.${name}`, call);
  const execute = async ([command]: readonly LuaArgument[], call: HostCall<Scope>): Promise<Answer> => {
    if (command === undefined || command === null) return { values: [true] };
    const code = await port.execute(pathOf(command), call, (stream, bytes) => options.write(stream, bytes, call));
    return { values: [code === 0 ? true : null, "exit", code] };
  };
  return {
    lua: ownLua.os,
    functions: [
      systemFunction("os.execute", execute, true),
      define("remove", ([path], call) => (port.remove(pathOf(path), call), { values: [true] })),
      define("rename", ([from, to], call) => (port.rename(pathOf(from), pathOf(to), call), { values: [true] })),
      define("tmpname", (_, call) => ({ values: [port.temporaryName(call)] })),
      define("getenv", ([name]) => ({ values: [port.env(pathOf(name))] })),
      define("exit", ([status]) => {
        throw new ExitRequested(exitStatus(status));
      }),
      define("clock", () => ({ values: [process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6] })),
      define("now", () => ({ values: [Math.floor(Date.now() / 1000)] })),
      define("time", (fields) => ({ values: [secondsOfFields(fields.map(Number))] })),
      define("fields", ([seconds, utc]) => ({ values: [{ ...broken(Number(seconds), utc === true) }] })),
      define("date", ([format, seconds, utc]) => {
        const text = formatDate(pathOf(format), broken(Number(seconds), utc === true));
        if (text === undefined)
          throw new SlothError("E_ARGUMENT", `invalid conversion specifier in '${pathOf(format)}'`);
        return { values: [text] };
      }),
    ],
  };
}

function exitStatus(status: LuaArgument | undefined): number {
  if (status === undefined || status === null || status === true) return 0;
  return status === false ? 1 : Number(status) & 0xff;
}

function secondsOfFields([year = 0, month = 0, day = 0, hour = 0, min = 0, sec = 0]: readonly number[]): number {
  return secondsOf(year, month, day, hour, min, sec) ?? unreachable();
}

function broken(seconds: number, utc: boolean): ReturnType<typeof breakDown> & object {
  return breakDown(seconds, utc) ?? unreachable();
}

function unreachable(): never {
  throw new SlothError("E_ARGUMENT", "the date cannot be represented");
}
