import { expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stepByStep, type Undoing } from "../../../src/engine/undo/carry-out.ts";
import { destroySteps } from "../../../src/engine/undo/destroy.ts";
import { findDrift } from "../../../src/engine/undo/find-drift.ts";
import { fixSteps } from "../../../src/engine/undo/fix.ts";
import { rollbackSteps } from "../../../src/engine/undo/rollback.ts";
import type { Step } from "../../../src/engine/undo/step.ts";
import { SealedFiles } from "../../../src/engine/record/sealed-files.ts";
import { Tally } from "../../../src/engine/record/tally.ts";
import { copy } from "../../../src/modules/file_ops/copy.ts";
import { directory } from "../../../src/modules/file_ops/directory.ts";
import { openMachines, type Machines } from "../../../src/run/machines.ts";
import type { SqliteStack } from "../../../src/store/sqlite/stack.ts";
import { head } from "../../store/samples.ts";
import { storeAt } from "../../store/scratch.ts";
import { beginTestRun } from "../../support/engine.ts";
import { temporaryDirectory } from "../../support/temporary.ts";

type Work = (stack: SqliteStack, machines: Machines) => Promise<void>;

/** What the engine plans and makes over a real record, with no command around it. */
async function overRecord(root: string, work: Work): Promise<void> {
  const store = await storeAt(join(root, "stacks.db"));
  const stack = store.mustFind("test");
  await using machines = await openMachines({
    mode: "apply",
    stack: stack.name,
    key: store.key(),
    notes: undefined,
    reach: {
      agentDir: undefined,
      sshConfig: undefined,
      connectTimeoutMs: undefined,
      handshakeTimeoutMs: undefined,
      silenceTimeoutMs: undefined,
    },
    inventory: undefined,
    interactive: false,
    remembered: new Map(),
    contents: stack.undoing().contents,
    signal: new AbortController().signal,
    notice: () => {},
  });
  await work(stack, machines);
}

async function carryOut(steps: readonly Step[], stack: SqliteStack, machines: Machines): Promise<boolean> {
  const journal = stack.beginRun(head);
  const undoing: Undoing = {
    command: "test",
    ledger: journal,
    saves: (row) => void stack.record.save(row),
    contents: machines.held,
    sealedFiles: new SealedFiles(stack.record, machines.held),
    inputs: machines.inputs,
    targetFor: machines.targetFor,
    signal: new AbortController().signal,
    emit: () => {},
    tally: new Tally(),
  };
  const made = await stepByStep(steps, undoing, journal);
  journal.end({ status: made.ok ? "ok" : "failed", counts: undoing.tally.counts() });
  return made.ok;
}

async function run(root: string, work: (run: Awaited<ReturnType<typeof beginTestRun>>) => Promise<unknown>) {
  const one = await beginTestRun(root);
  await work(one);
  await one.journal?.taskEnded("main", "ok", undefined, one.context.latch.taskSucceeded("main"));
  one.end();
}

test("destroy removes what was made, last first, and puts back what was replaced", async () => {
  using scratch = temporaryDirectory();
  const at = (name: string): string => join(scratch.path, name);
  writeFileSync(at("old"), "before\n");
  await run(scratch.path, async (one) => {
    await one.declare(directory, { path: at("d") });
    await one.declare(copy, { dest: at("d/new"), content: "new\n" });
    await one.declare(copy, { dest: at("old"), content: "after\n" });
  });
  await overRecord(scratch.path, async (stack, machines) => {
    const options = { ...stack.undoing(), looking: machines.looking, force: false };
    const steps = await destroySteps(stack.resources(), options);
    expect(steps.map(({ row, action }) => [row.name, action])).toEqual([
      [at("old"), "update"],
      [at("d/new"), "delete"],
      [at("d"), "delete"],
    ]);
    expect(existsSync(at("d/new"))).toBe(true);
    expect(await carryOut(steps, stack, machines)).toBe(true);
    expect([existsSync(at("d")), readFileSync(at("old"), "utf8")]).toEqual([false, "before\n"]);
    expect(stack.resources().map(({ state }) => state)).toEqual(["removed", "removed", "removed"]);
    expect(await destroySteps(stack.resources(), options)).toEqual([]);
  });
});

test("destroy leaves what changed since it was written, unless forced", async () => {
  using scratch = temporaryDirectory();
  const dest = join(scratch.path, "a");
  await run(scratch.path, (one) => one.declare(copy, { dest, content: "ours\n" }));
  writeFileSync(dest, "theirs\n");
  await overRecord(scratch.path, async (stack, machines) => {
    const options = { ...stack.undoing(), looking: machines.looking };
    const [left] = await destroySteps(stack.resources(), { ...options, force: false });
    expect([left?.act, left?.cannot]).toMatchObject([undefined, expect.stringContaining("changed")]);
    const [forced] = await destroySteps(stack.resources(), { ...options, force: true });
    expect(forced).toMatchObject({ action: "delete", row: { name: dest } });
  });
});

test("a fix puts back just what drifted, from the record", async () => {
  using scratch = temporaryDirectory();
  const at = (name: string): string => join(scratch.path, name);
  await run(scratch.path, async (one) => {
    await one.declare(copy, { dest: at("a"), content: "a\n" });
    await one.declare(copy, { dest: at("b"), content: "b\n" });
  });
  writeFileSync(at("a"), "by hand\n");
  await overRecord(scratch.path, async (stack, machines) => {
    const findings = await findDrift(stack.resources(), machines.looking);
    expect(findings.map(({ kind }) => kind)).toEqual(["drift", "ok"]);
    const { contents, now } = stack.undoing();
    const steps = findings.flatMap((finding) => fixSteps(finding, { types: machines.looking.types, contents, now }));
    expect(steps.map(({ row, action }) => [row.name, action])).toEqual([[at("a"), "update"]]);
    expect(await carryOut(steps, stack, machines)).toBe(true);
    expect(readFileSync(at("a"), "utf8")).toBe("a\n");
  });
});

test("a rollback plans what is other than at the end of that run, and nothing where it is so already", async () => {
  using scratch = temporaryDirectory();
  const dest = join(scratch.path, "a");
  for (const content of ["one\n", "two\n"]) await run(scratch.path, (one) => one.declare(copy, { dest, content }));
  await overRecord(scratch.path, async (stack, machines) => {
    const back = async (number: number): Promise<readonly Step[]> => {
      const endedAt = stack.run(number)?.endedAt ?? "";
      const options = { ...stack.undoing(), looking: machines.looking, rows: stack.resources(), endedAt };
      return (await rollbackSteps(stack.moments(number).addresses, options)).steps;
    };
    expect((await back(2)).filter(({ act }) => act !== undefined)).toEqual([]);
    const steps = await back(1);
    expect(steps.map(({ row, action }) => [row.name, action])).toEqual([[dest, "update"]]);
    expect(await carryOut(steps, stack, machines)).toBe(true);
    expect(readFileSync(dest, "utf8")).toBe("one\n");
  });
});
