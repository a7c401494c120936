import { expect, test } from "bun:test";
import { stack } from "../../src/modules/stack/index.ts";
import { state } from "../../src/modules/state/index.ts";
import { settleRegistrations } from "../../src/engine/record/registrations.ts";
import { Secret } from "../../src/base/value.ts";
import { call, callContext, refusal } from "./_call.ts";

const nginx = { type: "package", name: "nginx", module: "pkg", properties: { version: "1.18.0", state: "installed" } };
const hidden = new Secret(new Uint8Array(), "secret.env(PW)");

test("the guide's registration: created, applied with the task, then unchanged", async () => {
  const context = callContext();
  expect(await call(stack, "stack.register_resource", [nginx], context)).toEqual([
    "created",
    expect.objectContaining({ type: "package", name: "nginx", state: "pending", run_id: 7, last_applied: null }),
  ]);
  await settleRegistrations(context.stack, "main", true, new Date().toISOString(), null);
  expect(await call(stack, "stack.register_resource", [nginx], context)).toMatchObject([
    "unchanged",
    { state: "applied" },
  ]);
  const changed = { ...nginx, properties: { version: "2" } };
  expect(await call(stack, "stack.register_resource", [changed], context)).toMatchObject([
    "changed",
    { state: "pending" },
  ]);
  await call(stack, "stack.update_resource", ["package", "nginx", { state: "failed", error: "no space" }], context);
  expect(await call(stack, "stack.get_resource", ["package", "nginx"], context)).toMatchObject({
    id: 1,
    host: "local",
    module: "pkg",
    state: "failed",
    error: "no space",
    checksum: expect.stringMatching(/^sha256:/),
    created_at: expect.stringMatching(/Z$/),
  });
});

test("resources are listed by type, module and state, and a deleted one is not there", async () => {
  const context = callContext();
  await call(stack, "stack.register_resource", [nginx], context);
  await call(stack, "stack.register_resource", [{ type: "custom", name: "x" }], context);
  const names = async (filter?: object) => {
    const found = await call(stack, "stack.list_resources", filter === undefined ? [] : [filter as never], context);
    return JSON.parse(JSON.stringify(found)).map((item: { name: string }) => item.name);
  };
  expect(await names()).toEqual(["nginx", "x"]);
  expect(await names({ type: "custom" })).toEqual(["x"]);
  expect(await names({ module: "pkg", state: "pending" })).toEqual(["nginx"]);
  expect(await call(stack, "stack.delete_resource", ["custom", "x"], context)).toBe(true);
  expect(await call(stack, "stack.delete_resource", ["custom", "x"], context)).toBe(false);
  expect(await call(stack, "stack.resource_exists", ["custom", "x"], context)).toBe(false);
  expect(await call(stack, "stack.resource_exists", ["package", "nginx"], context)).toBe(true);
  expect(await names({ state: "removed" })).toEqual(["x"]);
});

test("outputs keep what they are given, but no secret", async () => {
  const context = callContext();
  expect(await call(stack, "stack.get_output", ["url"], context)).toBe(undefined);
  expect(await call(stack, "stack.get_output", ["url", "none"], context)).toBe("none");
  await call(stack, "stack.set_output", ["url", { host: "a", ports: [80] }], context);
  expect(await call(stack, "stack.get_output", ["url"], context)).toEqual({ host: "a", ports: [80] });
  expect(await refusal(call(stack, "stack.set_output", ["pw", { a: [hidden] }], context))).toContain(
    "'value.a[1]' is a secret",
  );
  expect(await refusal(call(stack, "stack.set_output", ["pw"], context))).toContain("'value' is missing");
  expect([
    await call(stack, "stack.get_name", [], context),
    await call(stack, "stack.get_status", [], context),
  ]).toEqual(["web", "new"]);
});

test("mistakes in a registration are told by field", async () => {
  expect(await refusal(call(stack, "stack.register_resource", [{ ...nginx, propertys: {} }]))).toContain(
    "did you mean 'properties'?",
  );
  expect(await refusal(call(stack, "stack.register_resource", []))).toContain("'type' is missing");
  const update = call(stack, "stack.update_resource", ["a", "b", { stat: "applied" }]);
  expect(await refusal(update)).toBe("E_UNKNOWN_FIELD unknown field 'update.stat'; did you mean 'state'?");
  expect(await refusal(call(stack, "stack.register_resource", [{ ...nginx, properties: { p: hidden } }]))).toContain(
    "E_SECRET",
  );
});

test("keys live in their own space", async () => {
  const context = callContext();
  await call(state, "state.set", ["a", 1], context);
  await call(state, "state.shared.set", ["a", "shared", 60], context);
  expect(await call(state, "state.get", ["a"], context)).toBe(1);
  expect(await call(state, "state.shared.get", ["a"], context)).toBe("shared");
  expect(await call(state, "state.get", ["b", { x: 1 }], context)).toEqual({ x: 1 });
  expect(await call(state, "state.increment", ["a", 4], context)).toBe(5);
  expect(await call(state, "state.compare_swap", ["new", null, "one"], context)).toBe(true);
  expect(await call(state, "state.compare_swap", ["new", null, "two"], context)).toBe(false);
  expect(await call(state, "state.list", ["n"], context)).toEqual([{ key: "new", value: "one", expires_at: null }]);
  expect(await call(state, "state.stats", [], context)).toMatchObject({ keys: 2 });
  expect(await call(state, "state.exists", ["new"], context)).toBe(true);
  expect(await call(state, "state.delete", ["new"], context)).toBe(true);
  expect(await call(state, "state.delete", ["new"], context)).toBe(false);
  expect(await refusal(call(state, "state.set", ["pw", hidden], context))).toContain("'value' is a secret");
});
