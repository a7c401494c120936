import type { Value } from "../../base/value.ts";
import type { LuaHostFunction, ThreadScope } from "./types.ts";

/** A module as a table: functions, values and modules by name. */
export type ModuleTree<Scope extends ThreadScope> = Map<
  string,
  ModuleTree<Scope> | LuaHostFunction<Scope> | { readonly constant: Value }
>;

/** `stack.get_name` becomes get_name in stack. */
export function moduleTree<Scope extends ThreadScope>(
  functions: readonly LuaHostFunction<Scope>[],
  constants: { readonly [name: string]: Value },
): ModuleTree<Scope> {
  const root: ModuleTree<Scope> = new Map();
  for (const fn of functions) plant(root, fn.name.split("."), fn);
  for (const [name, constant] of Object.entries(constants)) plant(root, name.split("."), { constant });
  return root;
}

function plant<Scope extends ThreadScope>(
  tree: ModuleTree<Scope>,
  path: readonly string[],
  entry: LuaHostFunction<Scope> | { readonly constant: Value },
): void {
  const [name = "", ...rest] = path;
  if (rest.length === 0) return void tree.set(name, entry);
  const below = tree.get(name);
  const branch: ModuleTree<Scope> = below instanceof Map ? below : new Map();
  tree.set(name, branch);
  plant(branch, rest, entry);
}
