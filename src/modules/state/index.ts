import { after } from "../../base/maybe-promise.ts";
import type { KeyValue } from "../../engine/record/record.ts";
import type { CallContext, HostFunction, ModuleDefinition } from "../../engine/resource.ts";
import { anything, integer, number, object, optional, text } from "../../engine/schema.ts";
import type { Value } from "../../base/value.ts";
import { functionOf } from "../_kit/function.ts";
import { stored } from "../_kit/stored.ts";

const key = text("The key, of 1 to 1024 bytes.");
const STORED = "it would be stored as it is";

/** `with_lock` takes a Lua function, so Lua's side binds it, in src/lua/lock.ts. */
export const state: ModuleDefinition = {
  name: "state",
  summary:
    "Durable keys and values of this stack; under `state.shared` those of the whole database. Atomic between processes.",
  functions: [
    ...functionsOf("state", (context) => context.state),
    ...functionsOf("state.shared", (context) => context.shared),
  ],
};

function functionsOf(space: "state" | "state.shared", of: (context: CallContext) => KeyValue): readonly HostFunction[] {
  return [
    functionOf({
      name: `${space}.set`,
      summary: "Keeps a value.",
      example: `${space}.set("leader", "web1", 60) -- forgotten after a minute`,
      params: object({
        key,
        value: anything("Any data."),
        ttl_seconds: optional(number("Forgotten after so many seconds.")),
      }),
      returns: "",
      call(params, context) {
        const value = stored(params.value, "value", STORED, context);
        return after(of(context).set(context.sealName(params.key), value, params.ttl_seconds), () => undefined);
      },
    }),
    functionOf({
      name: `${space}.get`,
      summary: "The value of a key; nil or the fallback when there is none.",
      example: `print(${space}.get("leader", "nobody"))`,
      params: object({ key, fallback: optional(anything("Answered when there is none.")) }),
      returns: "any",
      call: (params, context) =>
        after(of(context).get(context.sealName(params.key)), (value) => value ?? params.fallback),
    }),
    functionOf({
      name: `${space}.delete`,
      summary: "Forgets a key; answers whether it was there.",
      example: `print(${space}.delete("leader"))`,
      params: object({ key }),
      returns: "boolean",
      call: (params, context) => of(context).delete(context.sealName(params.key)),
    }),
    functionOf({
      name: `${space}.exists`,
      summary: "Whether a key has a value.",
      example: `print(${space}.exists("leader"))`,
      params: object({ key }),
      returns: "boolean",
      call: (params, context) => after(of(context).get(context.sealName(params.key)), (value) => value !== undefined),
    }),
    functionOf({
      name: `${space}.list`,
      summary: "A list of key, value and expires_at, sorted by key.",
      example: `
        for _, one in ipairs(${space}.list("lease/")) do
            print(one.key, one.value, one.expires_at)
        end
      `,
      params: object({ prefix: optional(text("Only keys that start with it.")) }),
      returns: "{ key: string, value: any, expires_at?: string }[]",
      call: ({ prefix }, context) => after(of(context).list(prefix), (entries) => entries.map(toEntry)),
    }),
    functionOf({
      name: `${space}.increment`,
      summary: "Adds to a whole number, from 0 when there is none; answers the sum.",
      example: `print(${space}.increment("deployments"))`,
      params: object({ key, by: optional(integer("How much; may be negative. Default: 1.")) }),
      returns: "integer",
      call: (params, context) => of(context).increment(context.sealName(params.key), params.by ?? 1),
    }),
    functionOf({
      name: `${space}.compare_swap`,
      summary: "Sets a value only where the old one is there (nil: where none is); answers whether it did.",
      example: `
        -- Whoever finds no leader becomes the leader.
        if ${space}.compare_swap("leader", nil, facts.hostname()) then
            print("it is us")
        end
      `,
      params: object({ key, old: optional(anything("What must be there.")), new: anything("What is set.") }),
      returns: "boolean",
      call(params, context) {
        const next = stored(params.new, "new", STORED, context);
        const old = params.old === undefined ? undefined : context.seal(params.old);
        return of(context).compareSwap(context.sealName(params.key), old, next);
      },
    }),
    functionOf({
      name: `${space}.stats`,
      summary: "How many keys and bytes there are, and when the oldest and the newest were set.",
      example: `print(${space}.stats().keys)`,
      params: object({}),
      returns: "{ keys: integer, bytes: integer, oldest?: string, newest?: string }",
      call: (_params, context) => after(of(context).stats(), (stats): Value => ({ ...stats })),
    }),
  ];
}

function toEntry(entry: { readonly key: string; readonly value: Value; readonly expiresAt: string | null }): Value {
  return { key: entry.key, value: entry.value, expires_at: entry.expiresAt };
}
