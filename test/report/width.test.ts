import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { shownTime } from "../../src/base/shown-time.ts";
import { commandHelp, tableHelp } from "../../src/cli/help.ts";
import type { Command, Table } from "../../src/cli/command.ts";
import { commands } from "../../src/commands/index.ts";
import { palette } from "../../src/report/style.ts";
import { fields, table } from "../../src/report/table.ts";
import { unifiedDiff } from "../../src/report/text-diff.ts";

const widest = (text: string): number => Math.max(...text.split("\n").map((line) => Bun.stringWidth(line)));
const RUNS = { seed: 4711, numRuns: 100 };

describe("a table", () => {
  const HEADINGS = ["NAME", "STATE", "LAST RIGHT"];
  const cells = fc.array(
    fc.tuple(fc.string({ maxLength: 60 }), fc.string({ maxLength: 12 }), fc.string({ maxLength: 30 })),
    {
      minLength: 1,
      maxLength: 4,
    },
  );

  test("is never wider than the terminal, and loses nothing", () => {
    fc.assert(
      fc.property(cells, fc.integer({ min: 40, max: 120 }), (rows, columns) => {
        const text = table(HEADINGS, rows, columns);
        const letters = (given: string): string =>
          given
            .replaceAll(/[^A-Za-z0-9]/g, "")
            .split("")
            .sort()
            .join("");
        const whole = table(HEADINGS, rows);
        expect(widest(text)).toBeLessThanOrEqual(columns);
        if (!text.includes("NAME:")) expect(letters(text)).toBe(letters(whole));
      }),
      RUNS,
    );
  });

  test("breaks the widest cells, between words or after a slash", () => {
    const rows = [["file:/etc/nginx/sites-enabled/example.conf", "drift", "two words more than fit"]];
    expect(table(HEADINGS, rows, 50)).toBe(
      `NAME                  STATE  LAST RIGHT
file:/etc/nginx/      drift  two words more than
sites-enabled/               fit
example.conf
`,
    );
  });

  test("becomes fields where columns would be too narrow", () => {
    const rows = [["a".repeat(12), "b".repeat(12), "c".repeat(12)]];
    expect(table(["ONE", "TWO", "THREE"], rows, 30)).toBe(
      `ONE:    ${"a".repeat(12)}\nTWO:    ${"b".repeat(12)}\nTHREE:  ${"c".repeat(12)}\n`,
    );
  });

  test("of fields breaks their values", () => {
    expect(fields([["Script", "one two three four five six seven"]], 24)).toBe(
      "Script:  one two three\n         four five six\n         seven\n",
    );
  });
});

describe("help", () => {
  test.each([40, 80, 120])(
    "of every command fits a terminal of %i columns, but for command lines to copy",
    async (columns) => {
      const read = async (shown: Table, path: readonly string[]): Promise<void> => {
        expect([path, widest((await tableHelp(path, "Summary.", shown, columns)).split("Example:")[0] ?? "")]).toEqual([
          path,
          expect.any(Number),
        ]);
        for (const [name, entry] of Object.entries(shown)) {
          if (typeof entry !== "function") {
            await read(entry.commands, [...path, name]);
            continue;
          }
          const command: Command = (await entry()).default;
          const [about = ""] = commandHelp([...path, name], command, columns).split("Example:");
          expect({ name, tooWide: about.split("\n").filter((line) => line.length > columns) }).toEqual({
            name,
            tooWide: [],
          });
        }
      };
      await read(commands, []);
    },
  );
});

test("a diff breaks long lines and marks what goes on", () => {
  const plain = palette(false);
  const text = unifiedDiff("/f", null, `${"x".repeat(50)}\n`, plain, 30);
  expect(text.split("\n").slice(-2)).toEqual([`+${"x".repeat(29)}`, `  … ${"x".repeat(21)}`]);
  expect(unifiedDiff("/f", null, `${"x".repeat(50)}\n`, plain)).toContain(`+${"x".repeat(50)}`);
});

test.each([
  ["UTC", "2026-01-02 03:04:05 UTC"],
  ["Europe/Berlin", "2026-01-02 04:04:05 +01:00"],
  ["America/St_Johns", "2026-01-01 23:34:05 -03:30"],
])("times are those of the clock here, with the zone: %s", (zone, shown) => {
  const before = process.env["TZ"];
  process.env["TZ"] = zone;
  try {
    expect(shownTime("2026-01-02T03:04:05.678Z")).toBe(shown);
  } finally {
    if (before === undefined) delete process.env["TZ"];
    else process.env["TZ"] = before;
  }
});
