import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { runLine } from "../support/command-line.ts";
import { examples, layBeside } from "../support/taught.ts";
import { temporaryDirectory } from "../support/temporary.ts";

/* The worked examples of functions: test/lab runs each on a host. */
const dir = temporaryDirectory();
beforeAll(() => layBeside(dir.path));
afterAll(() => dir[Symbol.dispose]());

describe.each(examples())("the example of $name", ({ name, lua }) => {
  test("shows it", () => {
    expect(lua).toMatch(new RegExp(`(?<![\\w.])${RegExp.escape(name)}(?!\\w)`));
  });

  test("has no mistakes", async () => {
    const file = join(dir.path, "example.lua");
    writeFileSync(file, lua);
    expect(await runLine(["check", file])).toMatchObject({ code: 0, stderr: "" });
  });
});
