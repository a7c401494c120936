import { expect, test } from "bun:test";
import { shownMarkdown } from "../../src/report/markdown.ts";
import { textSink } from "../../src/report/sink.ts";

const page = "# fs\n\nFiles to look at, `quietly`.\n\n- `path` (string): The path.\n\n```lua\nprint(1)\n```\n";
const terminal = { ...textSink(), terminal: true, columns: 40 };

test("Markdown goes into a pipe as it is written", () => {
  expect(shownMarkdown(page, textSink())).toBe(page);
});

test("on a terminal it is rendered: no marks, no line wider than it is", () => {
  const long = `${page}\n${"word ".repeat(40)}\n`;
  const shown = Bun.stripANSI(shownMarkdown(long, terminal));
  expect(shown).not.toMatch(/^#|`|^- /m);
  expect(shown).toContain("print(1)");
  for (const line of shown.split("\n")) expect(line.length).toBeLessThanOrEqual(40);
});

test("without colour there is none", () => {
  const before = process.env["NO_COLOR"];
  process.env["NO_COLOR"] = "1";
  try {
    expect(shownMarkdown(page, terminal)).not.toContain("\x1b");
  } finally {
    if (before === undefined) delete process.env["NO_COLOR"];
    else process.env["NO_COLOR"] = before;
  }
});
