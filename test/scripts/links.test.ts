import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

const root = resolve(import.meta.dir, "../..");
const pages = ["*.md", "docs/**/*.md", "examples/**/*.md"].flatMap((glob) => [...new Bun.Glob(glob).scanSync(root)]);

test("links between the pages lead somewhere", () => {
  const broken = pages.flatMap((page) => {
    const text = readFileSync(join(root, page), "utf8").replaceAll(/^(```|~~~).*?^\1/gms, "");
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link.replace(/#.*$/, ""));
    // What `npm run bench` writes is there after its first run.
    const local = links.filter((link) => link !== "" && !/^[a-z]+:|\bbench\//.test(link));
    return local.filter((link) => !existsSync(join(root, dirname(page), link))).map((link) => `${page}: ${link}`);
  });
  expect(pages.length).toBeGreaterThan(20);
  expect(broken).toEqual([]);
});

test("every page of docs/ is in its index", () => {
  const index = readFileSync(join(root, "docs/README.md"), "utf8");
  const missing = pages.filter(
    (page) => /^docs\/[^/]+\.md$/.test(page) && page !== "docs/README.md" && !index.includes(`(${page.slice(5)})`),
  );
  expect(missing).toEqual([]);
});

test("every file that a page names as ours is there", () => {
  const missing = pages.flatMap((page) => {
    const named = readFileSync(join(root, page), "utf8").matchAll(/`((?:src|test|scripts)\/[\w./-]*\w)`/g);
    return Array.from(named, ([, file = ""]) => file)
      .filter((file) => !existsSync(join(root, file)))
      .map((file) => `${page}: ${file}`);
  });
  expect(missing).toEqual([]);
});
