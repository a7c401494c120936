import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { timeless } from "../../scripts/docs/blocks.ts";
import { playPage } from "../../scripts/docs/sessions.ts";
import { inShell } from "../../scripts/docs/shell.ts";
import { stepPictures } from "../../scripts/docs/steps.ts";
import { textOfSvg } from "../../scripts/docs/svg.ts";
import { inTerminal } from "../../scripts/docs/terminal.ts";
import { PLAYED } from "../../scripts/record.ts";

const root = resolve(import.meta.dir, "../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");

test.each(PLAYED)(
  "what %s shows on a terminal is what happens, word for word: otherwise `npm run record`",
  async (page) => {
    const played = (await playPage(read(page), inShell)).flat();
    expect(played.length).toBeGreaterThan(4);
    for (const { line, said, real } of played)
      expect({ line, said: timeless(said) }).toEqual({ line, said: timeless(real) });
  },
);

test("the recorded sessions of the tutorial are what a terminal shows: otherwise `npm run record`", async () => {
  const pictures = await stepPictures(read("docs/tutorial.md"), inTerminal);
  expect(readdirSync(join(root, "docs/sessions")).sort()).toEqual([...pictures.keys()].sort());
  for (const [name, svg] of pictures) {
    const kept = read(`docs/sessions/${name}`);
    expect(timeless(textOfSvg(kept))).toBe(timeless(textOfSvg(svg)));
    expect(kept).not.toMatch(/\x1b|<script|\bhref=|@import|url\(/);
  }
});

test("the tutorial has ten steps, and nine of them a session", () => {
  expect(read("docs/tutorial.md").match(/^## \d+\./gm)).toHaveLength(10);
  expect(readdirSync(join(root, "docs/sessions"))).toHaveLength(9);
});
