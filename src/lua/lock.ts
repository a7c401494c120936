import type { Scope } from "../engine/context.ts";
import { duration, object, optional, parseProps, text } from "../engine/schema.ts";
import type { KeyValue } from "../engine/record/record.ts";
import { SlothError } from "../base/errors.ts";
import type { BindingRun } from "./bind.ts";
import { ownLua } from "./vm/own-lua.ts";
import type { MachinePart } from "./vm/machine.ts";
import type { Answer, HostCall, LuaArgument, LuaFunction } from "./vm/types.ts";
import { isLuaFunction } from "./vm/lua-function.ts";

const WAIT_MS = 60_000;

export const lockArguments = object({
  name: text("Name of the lock."),
  timeout: optional(duration('How long it is waited for: seconds, or such as "5m". Default: one minute.')),
});

type RunLua = (fn: LuaFunction, args: readonly LuaArgument[], scope: Scope) => Promise<unknown>;

/** `state.with_lock(name, fn[, timeout])` and the same of `state.shared`: holds the lock while the function runs. */
export function lockPart(run: BindingRun, runLua: RunLua): MachinePart<Scope> {
  const define = (name: string, space: (begun: Awaited<ReturnType<BindingRun["begun"]>>) => KeyValue) => ({
    name,
    takesFunctions: true,
    call: async (args: readonly LuaArgument[], call: HostCall<Scope>): Promise<Answer> => {
      run.called(name, call);
      return withLock(space(await run.begun()), args, call, runLua);
    },
  });
  const own = define("state.with_lock", (begun) => begun.state);
  return { functions: [own, define("state.shared.with_lock", (begun) => begun.shared)], lua: ownLua.lock };
}

async function withLock(
  space: KeyValue,
  [name, fn, timeout]: readonly LuaArgument[],
  { scope }: HostCall<Scope>,
  runLua: RunLua,
): Promise<Answer> {
  if (!isLuaFunction(fn)) throw new SlothError("E_FIELD", "takes a name and a function");
  const given = Object.entries({ name, timeout }).filter(([, value]) => value !== undefined && value !== null);
  const props = parseProps(lockArguments, Object.fromEntries(given));
  await using _held = await space.lock(props.name, props.timeout ?? WAIT_MS, scope.signal);
  await runLua(fn, [], scope);
  fn.release();
  return { values: [] };
}
