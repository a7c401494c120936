import { beforeAll, expect, test } from "bun:test";
import { runInNewContext } from "node:vm";
import { dirname, join, normalize, resolve } from "node:path";
import { find, type Section } from "../../scripts/docs/search.ts";
import { siteFiles } from "../../scripts/docs/site.ts";

const root = resolve(import.meta.dir, "../..");
let files: ReadonlyMap<string, string | Uint8Array>;
const textOf = (path: string): string => {
  const contents = files.get(path);
  return typeof contents === "string" ? contents : "";
};
const pages = (): readonly string[] => [...files.keys()].filter((path) => path.endsWith(".html"));
beforeAll(async () => {
  files = await siteFiles(root);
});

test("every page is there, and every link of it leads to a file, and a place in it, that is there", () => {
  expect(pages().length).toBeGreaterThan(50);
  expect(
    [...files.keys()].filter((path) => !/\.(html|svg|png|json|txt|css)$|^(search|sections)\.js$/.test(path)),
  ).toEqual([]);
  const broken = pages().flatMap((page) =>
    [...textOf(page).matchAll(/(?:href|src)="([^"]*)"/g)].flatMap(([, link = ""]) => {
      if (/^[a-z]+:/.test(link)) return [];
      const [path = "", anchor] = link.split("#");
      const target = path === "" ? page : normalize(join(dirname(page), path));
      const isThere = files.has(target) && (anchor === undefined || textOf(target).includes(`id="${anchor}"`));
      return isThere ? [] : [`${page}: ${link}`];
    }),
  );
  expect(broken).toEqual([]);
});

test("nothing is loaded from elsewhere, and scripts are such as a browser runs from a disk", () => {
  for (const page of pages()) {
    const loads = textOf(page).match(/<(script|link|img|iframe|source)\b[^>]*(src|href)="?(https?:)?\/\/[^>]*>/g);
    expect({ page, loads, modules: textOf(page).includes('type="module"') }).toEqual({
      page,
      loads: null,
      modules: false,
    });
  }
  for (const file of ["style.css", "search.js"])
    expect(textOf(file)).not.toMatch(/https?:|url\(|@import|\bimport\b|\bexport\b/);
});

test("the search finds what one looks for", () => {
  const sections = sectionsOf(textOf("sections.js"));
  const first = (query: string): string => find(query, sections)[0]?.url ?? "";
  expect(first("unsettled")).toStartWith("docs/glossary.html");
  expect(first("file_ops.copy")).toBe(`docs/modules/file_ops.html#${idOf("file_ops.copy")}`);
  expect(first("E_LOCKED")).toStartWith("docs/troubleshooting.html");
  expect(first("rollback")).toBe("docs/record.html#undo");
  expect(first("a file system in memory")).toStartWith("docs/cookbook.html");
  expect(find("surelynowhere", sections)).toEqual([]);
  expect(find("  ", sections)).toEqual([]);
});

function sectionsOf(script: string): readonly Section[] {
  return JSON.parse(script.replace(/^const SECTIONS = /, "").replace(/;\n$/, ""));
}

function idOf(heading: string): string {
  return (
    new RegExp(`id="([^"]*)"[^>]*>${RegExp.escape(heading)}<`).exec(textOf("docs/modules/file_ops.html"))?.[1] ?? ""
  );
}

test("the script of a page shows what is found", () => {
  const shown: string[] = [];
  const element = () => ({
    append: (...all: { textContent: string }[]) => shown.push(...all.map((one) => one.textContent)),
  });
  const input = {
    value: "unsettled",
    typed: () => {},
    addEventListener: (_: string, typed: () => void) => (input.typed = typed),
  };
  const document = {
    querySelector: (name: string) => (name === "input" ? input : { replaceChildren: () => {} }),
    addEventListener: () => {},
    createElement: element,
  };
  runInNewContext(
    `${textOf("sections.js")}
${textOf("search.js")}`,
    { document, ROOT: "./" },
  );
  input.typed();
  expect(shown[0]).toBe("Glossary");
});
