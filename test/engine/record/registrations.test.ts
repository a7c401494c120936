import { expect, test } from "bun:test";
import { planRecord } from "../../../src/engine/record/plan-record.ts";
import type { StackRecord } from "../../../src/engine/record/record.ts";
import {
  findAny,
  registerResource,
  settleRegistrations,
  updateRegistered,
  type Occasion,
  type Registration,
} from "../../../src/engine/record/registrations.ts";
import { SlothError } from "../../../src/base/errors.ts";
import type { ReadSystem } from "../../../src/system/system.ts";
import { row } from "../../store/samples.ts";

const nginx: Registration = {
  type: "package",
  name: "nginx",
  module: "pkg",
  properties: { version: "1.18.0" },
  probe: null,
};
const newer: Registration = { ...nginx, properties: { version: "1.20.0" } };
const at = (day: number, task = "install"): Occasion => ({ task, run: day, now: `2026-01-0${day}T00:00:00.000Z` });

const register = (record: StackRecord, what: Registration, day: number, task?: string) =>
  registerResource(record, what, at(day, task)).status;
const settle = (record: StackRecord, day: number, ok = true, task = "install", system: ReadSystem | null = null) =>
  settleRegistrations(record, task, ok, at(day).now, system);
const stateOf = (record: StackRecord) => findAny(record, "package", "nginx")?.state;

test("created until it was applied once, then unchanged, changed by other properties", async () => {
  const record = planRecord(null, "web");
  expect(register(record, nginx, 1)).toBe("created");
  expect(register(record, nginx, 1)).toBe("created");
  await settle(record, 1);
  expect(stateOf(record)).toBe("applied");
  expect(register(record, nginx, 2)).toBe("unchanged");
  expect(register(record, newer, 2)).toBe("changed");
  expect(stateOf(record)).toBe("pending");
  expect(register(record, nginx, 2)).toBe("changed"); // the newer one was not applied, but it is pending
  await settle(record, 2);
  expect(findAny(record, "package", "nginx")).toMatchObject({
    state: "applied",
    lastApplied: at(2).now,
    createdAt: at(1).now,
  });
});

test("it stays pending when the task fails, also when the next attempt does not come to it", async () => {
  const record = planRecord(null, "web");
  register(record, nginx, 1);
  await settle(record, 1, false);
  await settle(record, 1, true);
  expect(stateOf(record)).toBe("pending");
  expect(register(record, nginx, 2)).toBe("created");
});

test("what a crash left pending is not applied by a run that does not register it", async () => {
  const base = planRecord(null, "web");
  register(base, nginx, 1);
  const nextProcess = planRecord(base, "web");
  await settle(nextProcess, 2);
  expect(stateOf(nextProcess)).toBe("pending");
});

test("another task's end settles nothing", async () => {
  const record = planRecord(null, "web");
  register(record, nginx, 1, "a");
  await settle(record, 1, true, "b");
  expect(stateOf(record)).toBe("pending");
});

test("what the task says itself counts, not that it succeeded", async () => {
  const record = planRecord(null, "web");
  register(record, nginx, 1);
  await updateRegistered(record, "package", "nginx", { state: "failed", error: "no space" }, at(1), null);
  await settle(record, 1);
  expect(findAny(record, "package", "nginx")).toMatchObject({ state: "failed", error: "no space" });
  expect(register(record, nginx, 2)).toBe("created");
  await updateRegistered(record, "package", "nginx", { state: "applied" }, at(2), null);
  expect(findAny(record, "package", "nginx")).toMatchObject({ state: "applied", error: null, lastApplied: at(2).now });
  await updateRegistered(record, "package", "nginx", { state: "drift" }, at(3), null);
  expect(register(record, nginx, 3)).toBe("changed");
});

test("an update of what is not known registers it; removed is forgotten", async () => {
  const record = planRecord(null, "web");
  await updateRegistered(record, "database", "main", { state: "applied", properties: { v: 1 } }, at(1), null);
  const main: Registration = { type: "database", name: "main", module: "custom", properties: { v: 1 }, probe: null };
  expect(register(record, main, 2)).toBe("unchanged");
  await updateRegistered(record, "database", "main", { state: "removed" }, at(2), null);
  expect(findAny(record, "database", "main")).toBe(undefined);
  expect(register(record, main, 3)).toBe("created");
});

test("new properties by an update make it pending unless it says applied", async () => {
  const record = planRecord(null, "web");
  register(record, nginx, 1);
  await settle(record, 1);
  await updateRegistered(record, "package", "nginx", { properties: newer.properties }, at(2), null);
  expect(stateOf(record)).toBe("pending");
  expect(register(record, newer, 2)).toBe("changed");
});

test("the probe's answer is remembered when it is applied, a missing command too", async () => {
  const answers: Record<string, string> = { "pg_config --version": "15.4\n" };
  const system = {
    query: (argv: readonly string[]) => {
      const stdout = answers[argv.join(" ")];
      if (stdout === undefined) return Promise.reject(new SlothError("E_COMMAND", `${argv[0]}: command not found`));
      return Promise.resolve({ exitCode: 0, stdout: Buffer.from(stdout), stderr: Buffer.alloc(0) });
    },
  } as unknown as ReadSystem;
  const record = planRecord(null, "web");
  register(record, { ...nginx, probe: ["pg_config", "--version"] }, 1);
  await settle(record, 1, true, "install", system);
  expect(findAny(record, "package", "nginx")?.probeOutput).toBe("15.4");
  register(record, { ...newer, probe: ["nope"] }, 2);
  await updateRegistered(record, "package", "nginx", { state: "applied" }, at(2), system);
  expect(findAny(record, "package", "nginx")?.probeOutput).toBe("nope: command not found");
});

test("what a module keeps is found too, after a registration of the same name, here before elsewhere", () => {
  const record = planRecord(null, "web");
  record.save(row("nginx", { kind: "package", host: "h1", module: "elsewhere" }));
  expect(findAny(record, "package", "nginx")?.module).toBe("elsewhere");
  record.save(row("nginx", { kind: "package", module: "here" }));
  expect(findAny(record, "package", "nginx")?.module).toBe("here");
  register(record, nginx, 1);
  expect(findAny(record, "package", "nginx")?.module).toBe("pkg");
});
