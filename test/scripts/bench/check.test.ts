import { expect, setDefaultTimeout, test } from "bun:test";
import { cpuRatios, instructionRatios, slower, toRatios, TOLERANCE } from "../../../scripts/bench/check.ts";
import { canCount } from "../../../scripts/bench/instructions.ts";
import type { Entry } from "../../../scripts/bench/workloads/workload.ts";
import { needs } from "../../support/needs.ts";

setDefaultTimeout(120_000); // valgrind is slow to start

/* Ours and the bare process are loops of a shell here: what they cost is known. */

test("the guard fails when ours takes more CPU time than the recorded ratio allows, and only then", async () => {
  const recorded = { CPU: await cpuRatios(entries(30_000, 10_000), 5), instructions: {} };

  const same = { CPU: await cpuRatios(entries(30_000, 10_000), 5), instructions: {} };
  expect(slower(same, recorded)).toEqual([]);
  const doubled = { CPU: await cpuRatios(entries(60_000, 10_000), 5), instructions: {} };
  expect(slower(doubled, recorded)).toEqual([
    expect.stringMatching(/^start: sloth-runner version: .* in CPU, recorded/),
  ]);
});

needs(canCount(), "valgrind")("it fails when ours takes a third more instructions", () => {
  const recorded = { CPU: {}, instructions: instructionRatios(entries(10_000, 5000), 1) };

  expect(slower({ CPU: {}, instructions: instructionRatios(entries(10_000, 5000), 1) }, recorded)).toEqual([]);
  const more = { CPU: {}, instructions: instructionRatios(entries(14_000, 5000), 1) };
  expect(slower(more, recorded)).toHaveLength(1);
});

test.each(["CPU", "instructions"] as const)("the tolerance of %s is the line", (kind) => {
  const ratios = (ratio: number) => ({ ...toRatios({ CPU: {}, instructions: {} }), [kind]: { start: ratio } });
  expect(slower(ratios(2 * TOLERANCE[kind]), ratios(2))).toEqual([]);
  expect(slower(ratios(2 * TOLERANCE[kind] + 0.01), ratios(2))).toHaveLength(1);
});

test("what was not recorded is not guarded, and a file of another form is refused", () => {
  expect(slower({ CPU: { new: 9 }, instructions: {} }, { CPU: {}, instructions: {} })).toEqual([]);
  expect(() => toRatios({ "start: sloth-runner version": 1.7 })).toThrow("--record");
});

function entries(ours: number, bare: number): readonly Entry[] {
  const loop = (tool: string, count: number): Entry => ({
    group: "start",
    tool,
    command: { argv: ["sh", "-c", `i=0; while [ $i -lt ${count} ]; do i=$((i + 1)); done`], cwd: "/" },
  });
  return [loop("hello, compiled", bare), loop("sloth-runner version", ours)];
}
