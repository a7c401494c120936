import { hostEntry } from "../engine/host-schema.ts";
import type { HostEntry, HostList } from "../engine/hosts.ts";
import { shapesOf } from "../engine/shape.ts";
import { isObject, type Value } from "../base/value.ts";
import { ScriptError, SlothError } from "../base/errors.ts";

import type { MachinePart } from "./vm/machine.ts";
import { ownLua } from "./vm/own-lua.ts";
import type { Answer, LuaArgument, ThreadScope } from "./vm/types.ts";

export const HOST_TYPE =
  "{ name: string, address: string, user?: string, port?: integer, groups: string[], vars: table }";
const HOST = shapesOf(HOST_TYPE, "what hosts.get answers");

/** `hosts{…}`, and what is known of hosts: `hosts.group`, `hosts.names`, `hosts.get`. */
export function hostsPart<Scope extends ThreadScope>(hosts: HostList): MachinePart<Scope> {
  const define = (name: string, call: (argument: Value | undefined) => Value | undefined) => ({
    name: `hosts.${name}`,
    waits: false,
    call: ([argument]: readonly LuaArgument[]): Answer => {
      const value = call(argument as Value | undefined);
      return { values: value === undefined ? [] : [value], shapes: name === "get" ? HOST : undefined };
    },
  });
  return {
    functions: [
      define("declare", (table) => declareHosts(hosts, table)),
      define("group", (name) => hosts.group(nameIn(name))),
      define("names", () => hosts.names()),
      define("get", (name) => shown(hosts.find(nameIn(name)))),
    ],
    lua: ownLua.hosts,
  };
}

function declareHosts(hosts: HostList, table: Value | undefined): undefined {
  if (!isObject(table)) throw new ScriptError("E_FIELD", "hosts takes a table of names and hosts");
  for (const [name, given] of Object.entries(table).sort(byName)) {
    try {
      hosts.add(hostEntry(name, given));
    } catch (error) {
      if (error instanceof SlothError)
        throw new ScriptError(error.code, `host '${name}': ${error.message}`, { hint: error.hint });
      throw error;
    }
  }
}

/** Work that goes host by host goes in this order: web2 before web10. */
function byName([a]: readonly [string, Value], [b]: readonly [string, Value]): number {
  return natural.compare(a, b);
}

const natural = new Intl.Collator("en", { numeric: true });

function nameIn(value: Value | undefined): string {
  if (typeof value === "string" && value !== "") return value;
  throw new SlothError("E_FIELD", "takes the name of a host or group");
}

function shown({ name, address, user, port, groups, vars }: HostEntry): Value {
  return { name, address: address ?? name, user: user ?? null, port: port ?? null, groups, vars };
}
