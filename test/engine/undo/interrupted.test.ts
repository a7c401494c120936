import { expect, test } from "bun:test";
import { stepByStep, type Undoing } from "../../../src/engine/undo/carry-out.ts";
import { rowOf } from "../../../src/engine/undo/leftovers.ts";
import type { Step } from "../../../src/engine/undo/step.ts";
import { Tally } from "../../../src/engine/record/tally.ts";

const COUNT = 1_000;

function steps(): readonly Step[] {
  return Array.from({ length: COUNT }, (_, index) => {
    const address = { host: "local", kind: "file", name: `/f${index}` };
    const row = rowOf({ address, type: "file_ops.copy", task: "main" }, "");
    return { row, type: "file_ops.copy", action: "release", changes: [], becomes: () => row };
  });
}

test("a signal is heard while steps are carried out, which end in order and say how many are left", async () => {
  const controller = new AbortController();
  const saved: string[] = [];
  const notices: string[] = [];
  const undoing = {
    command: "test",
    saves: ({ name }) => {
      // As a signal comes: from the event loop, which nothing but a pause of the work gives its turn.
      if (saved.push(name) === 1) setTimeout(() => controller.abort(new Error("TERM")), 0);
      const from = performance.now();
      while (performance.now() - from < 2);
    },
    signal: controller.signal,
    emit: (event) => void (event.type === "notice" && notices.push(event.message)),
    tally: new Tally(),
  } satisfies Partial<Undoing>;
  const made = await stepByStep(steps(), undoing as unknown as Undoing, { taskStarted: () => {} });
  expect(made.ok).toBe(false);
  expect(saved.length).toBeLessThan(COUNT);
  expect(notices).toEqual([`stopped: ${COUNT - saved.length} of the steps were not done; the same command does them`]);
});
