import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { hostIo } from "../../src/lua/library/io.ts";
import { hostOs } from "../../src/lua/library/os.ts";
import { hostRequire } from "../../src/lua/library/require.ts";
import { createMachine, type Machine } from "../../src/lua/vm/machine.ts";
import type { LuaArgument, LuaHostFunction, ThreadScope } from "../../src/lua/vm/types.ts";
import { openHost } from "../../src/system/host.ts";
import { luaPort } from "../../src/system/lua/lua-port.ts";
import { plannedLuaPort } from "../../src/system/lua/lua-port-planned.ts";

export interface HostBench extends AsyncDisposable {
  /** A directory of its own; also the workflow's, and `dir` in Lua. */
  readonly directory: string;
  readonly printed: string[];
  readonly written: string[];
  /** In plan: what was told. */
  readonly told: string[];
  readonly run: (source: string, signal?: AbortSignal) => Promise<readonly LuaArgument[]>;
}

const later: LuaHostFunction<ThreadScope> = { name: "t.later", call: async (values) => ({ values }) };

/** Lua on this machine, or on what a plan makes of it. */
export async function hostBench(mode: "apply" | "plan" = "apply"): Promise<HostBench> {
  const directory = mkdtempSync("/tmp/sloth-lua-");
  const [printed, written, told]: [string[], string[], string[]] = [[], [], []];
  const host = openHost({ mode });
  const port = mode === "apply" ? luaPort(host) : plannedLuaPort(host, (what) => void told.push(what));
  const machines: Machine<ThreadScope>[] = [];
  const io = {
    port,
    write: (stream: string, bytes: Uint8Array) => void written.push(`${stream}: ${Buffer.from(bytes).toString()}`),
  };
  const modules = hostRequire<ThreadScope>({
    port,
    workflowDirectory: directory,
    load: (source, name) => machines[0]?.load(source, name) ?? fail(),
  });
  const machine = await createMachine<ThreadScope>({
    functions: [later],
    parts: [hostIo(io), hostOs(io), modules],
    print: (text) => void printed.push(text.toString()),
  });
  machines.push(machine);
  machine.setGlobal("dir", directory);
  return {
    directory,
    printed,
    written,
    told,
    run: (source, signal = new AbortController().signal) =>
      machine.run(machine.load(Buffer.from(source), "site.lua"), [], { task: "main", signal }),
    async [Symbol.asyncDispose]() {
      machine.close();
      await host.close();
      rmSync(directory, { recursive: true });
    },
  };
}

export function at(bench: HostBench, name: string): string {
  return join(bench.directory, name);
}

function fail(): never {
  throw new Error("not open");
}
