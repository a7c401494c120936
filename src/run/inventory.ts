import { hostEntry } from "../engine/host-schema.ts";
import type { HostEntry, HostList } from "../engine/hosts.ts";
import { isObject, type Value, type ValueObject } from "../base/value.ts";
import { ScriptError, SlothError } from "../base/errors.ts";
import { parseValuesFile } from "./values-file.ts";

/**
 * Reads an inventory: `hosts` (name to host), `groups` (name to a list of hosts, or a table of `hosts` and `vars`), `vars` for all. What a
 * host says itself goes before what its groups say, and that before what is said for all.
 */
export async function readInventory(file: string, bytes: Uint8Array, hosts: HostList): Promise<void> {
  const inventory = await parseValuesFile(file, bytes);
  try {
    addHosts(inventory, hosts);
  } catch (error) {
    if (error instanceof SlothError)
      throw new ScriptError(error.code, `${file}: ${error.message}`, { hint: error.hint });
    throw error;
  }
}

function addHosts(inventory: ValueObject, hosts: HostList): void {
  const unknown = Object.keys(inventory).find((key) => !["hosts", "groups", "vars"].includes(key));
  if (unknown !== undefined)
    throw new SlothError("E_INVENTORY", `unknown field '${unknown}'`, { hint: "known are hosts, groups and vars" });
  const groups = Object.entries(table(inventory["groups"], "groups")).map(([name, given]) => groupOf(name, given));
  const told = table(inventory["hosts"], "hosts");
  const names = new Set([...Object.keys(told), ...groups.flatMap((group) => group.hosts)]);
  for (const name of names) {
    const own = table(told[name] ?? {}, `host '${name}'`);
    const mine = groups.filter((group) => group.hosts.includes(name));
    const defaults = Object.assign(
      {},
      table(inventory["vars"], "vars"),
      ...mine.map((group) => group.vars),
    ) as ValueObject;
    const entry = named(name, () => hostEntry(name, own, defaults));
    hosts.add({ ...entry, groups: [...new Set([...entry.groups, ...mine.map((group) => group.name)])] });
  }
}

/** Errors of a host say which. */
function named(name: string, read: () => HostEntry): HostEntry {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof SlothError)) throw error;
    throw new SlothError(error.code, `host '${name}': ${error.message}`, { hint: error.hint });
  }
}

interface Group {
  readonly name: string;
  readonly hosts: readonly string[];
  readonly vars: ValueObject;
}

function groupOf(name: string, given: Value): Group {
  const isList = Array.isArray(given);
  const hosts: Value = isList ? given : (table(given, `group '${name}'`)["hosts"] ?? []);
  if (!Array.isArray(hosts) || !hosts.every((host) => typeof host === "string")) {
    throw new SlothError("E_INVENTORY", `group '${name}' must be a list of hosts, or a table with hosts and vars`);
  }
  return { name, hosts, vars: isList || !isObject(given) ? {} : table(given["vars"], `vars of group '${name}'`) };
}

function table(value: Value | undefined, what: string): ValueObject {
  if (value === undefined || value === null) return {};
  if (isObject(value)) return value;
  throw new SlothError("E_INVENTORY", `${what} must be a table`);
}
