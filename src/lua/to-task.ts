import type { Scope } from "../engine/context.ts";
import type { Task } from "../engine/tasks/task.ts";
import type { Parameter } from "../engine/resource.ts";
import type { ValueObject } from "../base/value.ts";
import { shapesOf } from "../engine/shape.ts";
import type { Machine } from "./vm/machine.ts";
import type { LuaArgument } from "./vm/types.ts";
import { isLuaFunction } from "./vm/lua-function.ts";
import { verdictOf, type VerdictContext } from "./verdict.ts";
import type { TaskDefinition } from "./workflow.ts";

/** Runs a Lua function on a thread of its own, and what its verdict needs. */
export interface LuaFunctions extends VerdictContext {
  run: Machine<Scope>["run"];
}

/** What a task's functions are given. */
export const CTX_FIELDS: readonly Parameter[] = [
  { name: "task", type: "string", summary: "The task's name." },
  { name: "workflow", type: "string", optional: true, summary: "The workflow's name." },
  { name: "tags", type: "string[]", summary: "The task's tags." },
  { name: "vars", type: "table", summary: "With `--on`: the values of the host that the workflow runs for." },
  { name: "host", type: "string", optional: true, summary: "Where its calls go: a host's name, or `local`." },
];

export const CTX_TYPE = `{ ${CTX_FIELDS.map(({ name, type, optional }) => `${name}${optional === true ? "?" : ""}: ${type}`).join(", ")} }`;
const CTX = shapesOf(CTX_TYPE, "ctx");

/** A task of the file as the engine runs it: each of its functions on a Lua thread of its own. */
export function toTask(
  definition: TaskDefinition,
  lua: LuaFunctions,
  file: { readonly task: string; readonly workflow: string | undefined },
  vars: ValueObject,
): Task {
  const { name, when, onSuccess, onFailure } = definition;
  const about = { task: file.task, workflow: file.workflow ?? null, tags: definition.tags, vars };
  return {
    ...definition,
    run: (scope) => verdictOf(lua, name, lua.run(definition.run, [{ ...about, host: scope.host }], scope, CTX)),
    when: when === undefined ? undefined : (scope) => condition(lua, when, scope, about),
    onSuccess: onSuccess && ((scope) => verdictOf(lua, name, lua.run(onSuccess, [about], scope, CTX))),
    onFailure: onFailure && ((scope, reason) => verdictOf(lua, name, lua.run(onFailure, [about, reason], scope, CTX))),
  };
}

type When = Exclude<TaskDefinition["when"], undefined>;

/** `when` is a function or a plain value; nil and false mean: not now. */
async function condition(
  lua: LuaFunctions,
  when: When,
  scope: Scope,
  about: { readonly [name: string]: LuaArgument },
): ReturnType<NonNullable<Task["when"]>> {
  if (!isLuaFunction(when)) return { kind: "ok", holds: when !== false };
  let holds = false;
  const asked = lua.run(when, [about], scope, CTX).then(([answer]) => {
    holds = answer !== undefined && answer !== null && answer !== false;
    return [];
  });
  const verdict = await verdictOf(lua, scope.task, asked);
  return { ...verdict, holds };
}
