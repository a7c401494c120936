import { expect, test } from "bun:test";
import type { Counts } from "../../src/engine/events.ts";
import { countsLine } from "../../src/report/counts.ts";
import { shownDuration, shownValue } from "../../src/report/shown.ts";
import { Secret } from "../../src/base/value.ts";
import { noCounts, runDone } from "../support/events.ts";

test.each<readonly [counts: Partial<Counts>, line: string]>([
  [{ created: 3, updated: 1, unchanged: 8 }, "12 resources: 3 created, 1 updated, 8 unchanged (1.2 s)"],
  [{ unchanged: 1 }, "1 resource: 1 unchanged (1.2 s)"],
  [{}, "no resources (1.2 s)"],
  [{ ran: 1 }, "1 action run (1.2 s)"],
  [{ ran: 2, carried: 1 }, "2 actions run; 1 told again from an earlier attempt (1.2 s)"],
  [{ deleted: 1, failed: 2, ran: 1 }, "3 resources: 1 removed, 2 failed; 1 action run (1.2 s)"],
])("%j", (counts, line) =>
  expect(countsLine(runDone({ counts: { ...noCounts, ...counts }, durationMs: 1234 }))).toBe(line),
);

test("a plan counts what would be", () => {
  const counts = { ...noCounts, created: 3, deleted: 1, unchanged: 8, unknown: 1, ran: 1 };
  expect(countsLine(runDone({ counts, mode: "plan", durationMs: 12 }))).toBe(
    "13 resources: 3 would be created, 1 would be removed, 1 cannot be predicted, 8 unchanged; 1 action would be run (12 ms)",
  );
});

test("durations", () => {
  const shown = [0, 45.4, 99.4, 100, 9949, 9951, 59_400, 125_000, 3_780_000].map(shownDuration);
  expect(shown).toEqual(["0 ms", "45 ms", "99 ms", "0.1 s", "9.9 s", "10 s", "59 s", "2 min 5 s", "1 h 3 min"]);
});

test("values on one line", () => {
  expect(shownValue(null)).toBe("(none)");
  expect(shownValue("0644")).toBe("0644");
  expect(shownValue("two words\n")).toBe('"two words\\n"');
  expect(shownValue(`sha256:${"ab".repeat(32)}`)).toBe("sha256:abababababab");
  expect(shownValue(["a", 1n << 60n, new Uint8Array(3)])).toBe('["a","1152921504606846976","(3 bytes)"]');
  expect(shownValue(new Secret(new Uint8Array(3), "env"))).toBe("(secret)");
  expect(shownValue("x".repeat(500))).toHaveLength(160);
});
