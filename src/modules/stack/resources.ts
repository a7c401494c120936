import type { ResourceRow, ResourceState } from "../../engine/record/record.ts";
import { findAny, registerResource, updateRegistered, type Occasion } from "../../engine/record/registrations.ts";
import { Results, type CallContext, type HostFunction } from "../../engine/resource.ts";
import { anything, list, object, oneOf, optional, text, withDefault } from "../../engine/schema.ts";
import type { Value } from "../../base/value.ts";
import { nameValue } from "../_kit/bytes.ts";
import { functionOf } from "../_kit/function.ts";
import { Secret } from "../../base/value.ts";
import { refuseSecretTexts } from "../_kit/secrets.ts";
import { stored } from "../_kit/stored.ts";

const STATES = ["pending", "applied", "failed", "drift", "removed"] as const satisfies readonly ResourceState[];
const address = { type: text("Type of the resource."), name: text("Its name.") };
const RESOURCE =
  "{ id: integer, type: string, name: string, host: string, module: string, state: string, properties: any, checksum?: string, " +
  "error?: string, created_at: string, updated_at: string, last_applied?: string, run_id?: integer }";

export const resourceFunctions: readonly HostFunction[] = [
  functionOf({
    name: "stack.register_resource",
    summary:
      "Tells whether a thing of your own making is as it was last applied. What a task registers is applied when the task succeeds.",
    example: `
      local status = stack.register_resource({
          type = "database",
          name = "orders",
          properties = { encoding = "UTF8" },
          probe = { "cat", "/etc/app/app.conf" },
      })
      if status ~= "unchanged" then
          print("make it here")
      end
    `,
    takes: "resource",
    params: object({
      ...address,
      module: withDefault(text("Who keeps it."), "custom"),
      properties: optional(anything("How it should be; compared by its digest.")),
      probe: optional(list("A command whose output tells how it is, for `stack drift`.", text("A word."))),
    }),
    returns: `"created"|"changed"|"unchanged", ${RESOURCE}`,
    call({ type, name, module, properties = {}, probe = null }, context) {
      refuseSecretTexts(probe ?? [], "probe", "its command line is stored, and others see it");
      const kept = stored(properties, "properties", STORED, context);
      const registration = { type, name: context.sealName(name), module, properties: kept, probe };
      const { status, row } = registerResource(context.stack, registration, occasionOf(context));
      return new Results(status, toTable(row));
    },
  }),
  functionOf({
    name: "stack.update_resource",
    summary: "Says what became of a registered resource; one that is not known is registered.",
    example: `
      stack.register_resource({ type = "schema", name = "orders", properties = { version = 7 } })
      local row = stack.update_resource("schema", "orders", { state = "applied" })
      print(row.state, row.last_applied)
    `,
    params: object({
      ...address,
      update: object({
        state: optional(oneOf("How it is now.", ...STATES)),
        error: optional(text("Why it failed.")),
        properties: optional(anything("How it is now.")),
        module: optional(text("Who keeps it.")),
      }),
    }),
    returns: RESOURCE,
    async call({ type, name, update }, context) {
      const system = context.mode === "apply" ? context.source : null;
      const { properties, error } = update;
      const kept = {
        ...update,
        properties: properties === undefined ? undefined : stored(properties, "properties", STORED, context),
        error: error === undefined ? undefined : Secret.masked(error),
      };
      const known = context.sealName(name);
      return toTable(await updateRegistered(context.stack, type, known, kept, occasionOf(context), system));
    },
  }),
  functionOf({
    name: "stack.get_resource",
    summary: "A resource that is registered or kept by a module; nil when there is none.",
    example: `
      local hosts = stack.get_resource("file", "/etc/hosts")
      print(hosts and hosts.state or "not kept by this stack")
    `,
    params: object(address),
    returns: `${RESOURCE}?`,
    call({ type, name }, context) {
      const row = findAny(context.stack, type, context.sealName(name));
      return row === undefined ? undefined : toTable(row);
    },
  }),
  functionOf({
    name: "stack.resource_exists",
    summary: "Whether a resource is registered or kept by a module.",
    example: `
      if stack.resource_exists("file", "/etc/hosts") then
          print("this stack keeps /etc/hosts")
      end
    `,
    params: object(address),
    returns: "boolean",
    call: ({ type, name }, context) => findAny(context.stack, type, context.sealName(name)) !== undefined,
  }),
  functionOf({
    name: "stack.delete_resource",
    summary: "Takes a resource out of the record; the thing itself is left alone. Answers whether it was there.",
    example: `
      if stack.delete_resource("database", "old-orders") then
          print("it is out of the record, and still there")
      end
    `,
    params: object(address),
    returns: "boolean",
    call({ type, name }, context) {
      const row = findAny(context.stack, type, context.sealName(name));
      if (row !== undefined) context.stack.save({ ...row, state: "removed", updatedAt: now() });
      return row !== undefined;
    },
  }),
  functionOf({
    name: "stack.list_resources",
    summary: "All resources of the stack, or those of one type, module or state.",
    example: `
      for _, row in ipairs(stack.list_resources({ type = "file" })) do
          print(row.name, row.state)
      end
    `,
    params: object({
      filter: optional(
        object({
          type: optional(text("Only of this type.")),
          module: optional(text("Only of this module.")),
          state: optional(oneOf("Only in this state.", ...STATES)),
        }),
      ),
    }),
    returns: `${RESOURCE}[]`,
    call: ({ filter = {} }, { stack }) =>
      stack
        .rows()
        .filter((row) => (filter.state === undefined ? row.state !== "removed" : row.state === filter.state))
        .filter((row) => filter.type === undefined || row.kind === filter.type)
        .filter((row) => filter.module === undefined || row.module === filter.module)
        .map(toTable),
  }),
];

const STORED = "it would be stored and shown";

function occasionOf(context: CallContext): Occasion {
  return { task: context.task, run: context.run ?? null, now: now() };
}

function now(): string {
  return new Date().toISOString();
}

function toTable(row: ResourceRow): Value {
  return {
    id: row.id,
    type: row.kind,
    name: nameValue(row.name),
    host: row.host,
    module: row.module,
    state: row.state,
    properties: row.properties,
    checksum: row.checksum,
    error: row.error,
    created_at: row.createdAt,
    updated_at: row.updatedAt,
    last_applied: row.lastApplied,
    run_id: row.runId,
  };
}
