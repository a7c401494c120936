import { expect, test } from "bun:test";
import { goals, goalTable } from "../../../scripts/bench/goals.ts";
import { page } from "../../../scripts/bench/page.ts";
import type { Report, Result } from "../../../scripts/bench/result.ts";

const again = "300 copies, nothing to do";
const row = (group: string, tool: string, wallMs: number, cpuMs: number, peakMiB = 50, samples = 5): Result => ({
  group,
  tool,
  cost: { wallMs, cpuMs, peakMiB, samples },
});
const report = (results: readonly Result[], load = 0): Report => ({
  results,
  load,
  machine: "a machine",
  versions: [],
  left: ["Chef: not installed"],
});
const line = (given: Report, what: string): string | undefined => goalTable(given).find((text) => text.includes(what));

test("a goal is met by wall time on a quiet machine, by CPU time on a busy one", () => {
  const results = [row(again, "sloth-runner", 90, 200), row(again, "CFEngine", 300, 300)];
  expect(line(report(results), "0.4 of CFEngine")).toEndWith("| 0.30 | 0.67 | yes |");
  expect(line(report(results, 2), "0.4 of CFEngine")).toEndWith("| 0.30 | 0.67 | **no** |");
});

test("a goal at least as high counts the other way round", () => {
  const results = [row(again, "sloth-runner", 100, 100), row(again, "Puppet", 2400, 2600)];
  expect(line(report(results), "25 times Puppet")).toEndWith("| 24 | 26 | **no** |");
});

test("what was not measured is not met", () => {
  expect(goalTable(report([])).filter((text) => text.endsWith("| not measured | not measured | ? |"))).toHaveLength(
    goals.length,
  );
});

test("what one more costs is told from differences, of time and of memory", () => {
  const ours = [1000, 10_000, 100_000].map((count) =>
    row(`${count} copies, nothing to do`, "sloth-runner", 50 + count / 10, 50 + count / 5, 60 + count / 2048),
  );
  expect(line(report(ours), "one more unchanged copy constant")).toEndWith("| 1.00 | 1.00 | yes |");
  expect(line(report(ours), "memory for one more")).toEndWith("| 0.50 KiB | 0.50 KiB | yes |");
});

test("the page marks rows of fewer samples and says what is not measured", () => {
  const text = page(report([row(again, "sloth-runner", 90, 90), row(again, "Ansible", 250_000, 250_000, 70, 1)]), 5);
  expect(text).toContain("- not measured: Chef: not installed\n");
  expect(text).toContain("| sloth-runner | 90.0 ms | 1.00 x | 90.0 ms | 1.00 x | 50 MiB | 5 |");
  expect(text).toContain("| Ansible | 250.0 s | 2778 x | 250.0 s | 2778 x | 70 MiB | **1** |");
});
