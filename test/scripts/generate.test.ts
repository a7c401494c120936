import { expect, test } from "bun:test";
import { resolve } from "node:path";
import { generatedPages } from "../../scripts/generate.ts";

const root = resolve(import.meta.dir, "../..");

test("the generated pages are those of this source: otherwise `npm run generate`", async () => {
  const pages = await generatedPages();
  const stale: string[] = [];
  for (const [path, text] of pages) {
    const file = Bun.file(resolve(root, path));
    if (!(await file.exists()) || (await file.text()) !== text) stale.push(path);
  }
  const left = [...new Bun.Glob("docs/modules/*.md").scanSync(root)].filter((path) => !pages.has(path));
  expect({ stale, left }).toEqual({ stale: [], left: [] });
});
