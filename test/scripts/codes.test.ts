import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dir, "../..");

test("docs/troubleshooting.md explains every error code of the source, and no other", () => {
  const told = new Set(readFileSync(join(root, "docs/troubleshooting.md"), "utf8").match(/`E_[A-Z_]+`/g));
  const thrown = new Set(
    [...new Bun.Glob("src/**/*.ts").scanSync(root)].flatMap((file) =>
      Array.from(
        readFileSync(join(root, file), "utf8").matchAll(/"(E_[A-Z_]*[A-Z])"/g),
        ([, code = ""]) => `\`${code}\``,
      ),
    ),
  );
  expect([...thrown.difference(told)].sort()).toEqual([]); // a new code has a line there
  expect([...told.difference(thrown)].sort()).toEqual([]);
});
