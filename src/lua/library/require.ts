import { relative, resolve } from "node:path";
import { SlothError, type Location } from "../../base/errors.ts";
import { pathOf } from "./io.ts";
import type { HostPort } from "./machine-port.ts";
import type { MachinePart } from "../vm/machine.ts";
import { ownLua } from "../vm/own-lua.ts";
import type { HostCall, LuaFunction, LuaHostFunction, ThreadScope } from "../vm/types.ts";

export interface RequireOptions {
  readonly port: HostPort;
  /** Absolute; where modules are looked for. */
  readonly workflowDirectory: string;
  /** The machine's `load`. */
  load(source: Uint8Array, name: string): LuaFunction;
}

/** `require`, `dofile` and `loadfile`: relative names start at the workflow file. */
export function hostRequire<Scope extends ThreadScope>(options: RequireOptions): MachinePart<Scope> {
  const loading = new WeakMap<Scope, string[]>();
  const at = (path: string): string => resolve(options.workflowDirectory, path);
  const define = (name: string, call: LuaHostFunction<Scope>["call"]): LuaHostFunction<Scope> => ({
    name: `package.${name}`,
    waits: false,
    call,
  });
  return {
    lua: ownLua.require,
    functions: [
      define("search", ([name, path]) => {
        const tried = candidates(pathOf(name), pathOf(path)).map(at);
        const found = tried.find((file) => options.port.source(file) !== undefined);
        return { values: [found, tried.map((file) => `\n  no file ${shown(file)}`).join("")] };
      }),
      define("compile", ([path], { location }) => {
        const file = at(pathOf(path));
        const code = codeOf(options.port, file, location);
        return { values: [options.load(code, shown(file))] };
      }),
      define("enter", ([name], { scope, location }: HostCall<Scope>) => {
        const chain = loading.get(scope) ?? [];
        const module = pathOf(name);
        if (chain.includes(module)) throw circle([...chain.slice(chain.indexOf(module)), module], location);
        loading.set(scope, [...chain, module]);
        return { values: [] };
      }),
      define("leave", ([name], { scope }: HostCall<Scope>) => {
        const module = pathOf(name);
        loading.set(
          scope,
          (loading.get(scope) ?? []).filter((other) => other !== module),
        );
        return { values: [] };
      }),
    ],
  };
}

function codeOf(port: HostPort, file: string, location: Location): Uint8Array {
  try {
    const code = port.source(file);
    if (code !== undefined) return code;
    throw new SlothError("E_NOT_FOUND", `cannot open ${shown(file)}`);
  } catch (error) {
    // With its place, so that it is told as what the script called.
    throw error instanceof SlothError ? Object.assign(error, { location }) : error;
  }
}

/** As the user knows it: relative to where they stand when it is below. */
function shown(file: string): string {
  const below = relative(process.cwd(), file);
  return below.startsWith("..") ? file : below;
}

/** `?` of each template stands for the name, whose dots are directories. */
function candidates(name: string, path: string): string[] {
  const file = name.replaceAll(".", "/");
  return path
    .split(";")
    .filter((template) => template !== "")
    .map((template) => template.replaceAll("?", () => file));
}

function circle(chain: readonly string[], location: Location): SlothError {
  const what = `modules require each other in a circle: ${chain.join(" -> ")}`;
  return Object.assign(new SlothError("E_REQUIRE_CIRCLE", what), { location });
}
