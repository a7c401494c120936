import { createMachine, type Machine, type MachineOptions } from "../../src/lua/vm/machine.ts";
import type { Answer, LuaArgument, LuaHostFunction, ThreadScope } from "../../src/lua/vm/types.ts";

export interface Bench {
  readonly machine: Machine<ThreadScope>;
  readonly printed: string[];
  /** Runs the text of a file called site.lua. */
  readonly run: (source: string, signal?: AbortSignal) => Promise<readonly LuaArgument[]>;
}

/** A machine with `t.now` and `t.later`, which answer what they are given: at once, and by a promise. */
export async function bench(
  functions: readonly LuaHostFunction<ThreadScope>[] = [],
  options: Partial<MachineOptions<ThreadScope>> = {},
): Promise<Bench> {
  const printed: string[] = [];
  const machine = await createMachine<ThreadScope>({
    functions: [now, later, ...functions],
    print: (text) => void printed.push(text.toString()),
    ...options,
  });
  const run = (source: string, signal = new AbortController().signal): Promise<readonly LuaArgument[]> =>
    machine.run(machine.load(Buffer.from(source), "site.lua"), [], { task: "main", signal });
  return { machine, printed, run };
}

const now: LuaHostFunction<ThreadScope> = { name: "t.now", waits: false, call: (values) => ({ values }) };
const later: LuaHostFunction<ThreadScope> = { name: "t.later", call: async (values) => ({ values }) };

export function hostFunction(
  name: string,
  call: (args: readonly LuaArgument[]) => Answer | Promise<Answer>,
): LuaHostFunction<ThreadScope> {
  return { name, call };
}

/** The error a promise is rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("it was not rejected");
}
