import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import type { Section } from "./search.ts";
import { STYLE } from "./site-style.ts";

const SOURCES = ["*.md", "docs/**/*.md", "bench/*.md", "examples/**/*.md"];
const INDEX = "docs/README.md";

/** Every file of the site by its path: static, searchable, at home on a disk, with nothing loaded from elsewhere. */
export async function siteFiles(root: string): Promise<ReadonlyMap<string, string | Uint8Array>> {
  const pages = SOURCES.flatMap((glob) => [...new Bun.Glob(glob).scanSync(root)]).sort();
  const files = new Map<string, string | Uint8Array>();
  const sections: Section[] = [];
  const index = readFileSync(join(root, INDEX), "utf8");
  for (const page of pages) {
    const markdown = readFileSync(join(root, page), "utf8");
    const html = bodyOf(markdown, page, root, files);
    sections.push(...sectionsOf(html, page));
    files.set(siteUrl(page), pageHtml(page, html, navigation(index, page)));
  }
  files.set("sections.js", `const SECTIONS = ${JSON.stringify(sections)};\n`);
  files.set("search.js", await browserScript());
  files.set("style.css", STYLE);
  files.set("index.html", redirect(siteUrl(INDEX)));
  return files;
}

/** Where a page is on the site. */
function urlOf(page: string): string {
  return page.replace(/(^|\/)README\.md$/, "$1index.html").replace(/\.md$/, ".html");
}

function bodyOf(markdown: string, page: string, root: string, files: Map<string, string | Uint8Array>): string {
  const html = Bun.markdown.html(markdown, { headings: { ids: true } });
  const local = (link: string): string => {
    if (link === "" || /^([a-z]+:|#)/.test(link)) return link;
    const [path = "", anchor] = link.split("#");
    const target = resolved(normalize(join(dirname(page), path)), root);
    const url = target.endsWith(".md") ? siteUrl(target) : fileUrl(target);
    if (!target.endsWith(".md")) files.set(url, readFileSync(join(root, target)));
    const there = relative(dirname(siteUrl(page)), url);
    return anchor === undefined ? there : `${there}#${anchor}`;
  };
  return new HTMLRewriter()
    .on("a[href]", { element: (one) => void one.setAttribute("href", local(one.getAttribute("href") ?? "")) })
    .on("img[src]", { element: (one) => void one.setAttribute("src", local(one.getAttribute("src") ?? "")) })
    .transform(html);
}

/** Pictures and data as they are, all else as text: a browser shows it, and nobody takes it for a program. */
function fileUrl(path: string): string {
  return /\.(svg|png|json)$/.test(path) ? path : `${path}.txt`;
}

/** A directory is its README, and what is no page is shown as it is. */
function resolved(path: string, root: string): string {
  if (!existsSync(join(root, path)) || !statSync(join(root, path)).isDirectory()) return path;
  const readme = join(path, "README.md");
  return existsSync(join(root, readme)) ? readme : INDEX;
}

/** The project's own README makes way for the index of the documentation. */
function siteUrl(page: string): string {
  return page === "README.md" ? "readme.html" : urlOf(page);
}

/** The tables of the index: its headings, and under them its pages. */
function navigation(index: string, page: string): string {
  const parts = index.split(/^## /m).slice(1);
  const lists = parts.map((part) => {
    const links = [...part.matchAll(/\[([^\]]+)\]\(([^)]+\.md)\)/g)].map(([, name = "", link = ""]) => {
      const target = normalize(join(dirname(INDEX), link));
      const here = target === page ? ' aria-current="page"' : "";
      return `<li><a href="${relative(dirname(siteUrl(page)), siteUrl(target))}"${here}>${escaped(name)}</a></li>`;
    });
    return `<h2>${escaped(part.split("\n")[0] ?? "")}</h2><ul>${links.join("")}</ul>`;
  });
  return lists.join("");
}

function pageHtml(page: string, body: string, nav: string): string {
  const up = relative(dirname(siteUrl(page)), ".") || ".";
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(titleOf(body))} · sloth-runner</title>
<link rel="stylesheet" href="${up}/style.css">
<header><a href="${up}/docs/index.html">sloth-runner</a> <input type="search" placeholder="Search ( / )" aria-label="Search"><ul id="results"></ul></header>
<nav>${nav}</nav>
<main>
${body}</main>
<script>const ROOT = "${up}/";</script>
<script src="${up}/sections.js"></script>
<script src="${up}/search.js"></script>
</html>
`;
}

function redirect(to: string): string {
  return `<!doctype html>\n<meta charset="utf-8">\n<meta http-equiv="refresh" content="0; url=${to}">\n<title>sloth-runner</title>\n<a href="${to}">Documentation</a>\n`;
}

function titleOf(html: string): string {
  return textOf(/<h1[^>]*>(.*?)<\/h1>/s.exec(html)?.[1] ?? "");
}

/** From heading to heading. */
function sectionsOf(html: string, page: string): readonly Section[] {
  const title = titleOf(html);
  return html.split(/(?=<h[123] )/).map((part) => {
    const [, id, heading] = /^<h[123] id="([^"]*)"[^>]*>(.*?)<\/h/s.exec(part) ?? [];
    const url = id === undefined ? siteUrl(page) : `${siteUrl(page)}#${id}`;
    return {
      url,
      page: title,
      heading: textOf(heading ?? title),
      terms: page.startsWith("docs/") ? termsOf(part) : [],
      text: textOf(part).toLowerCase(),
    };
  });
}

/** What stands in the first column of a table, word by word. */
function termsOf(html: string): readonly string[] {
  return [...html.matchAll(/<tr>\s*<td[^>]*>(.*?)<\/td>/gs)].flatMap(([, cell = ""]) =>
    textOf(cell)
      .toLowerCase()
      .split(/[\s,]+/),
  );
}

function textOf(html: string): string {
  return html
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&")
    .replaceAll(/\s+/g, " ")
    .trim();
}

/** One classic script: a browser loads no modules from a disk. */
async function browserScript(): Promise<string> {
  const built = await Bun.build({
    entrypoints: [join(import.meta.dir, "browser.mjs")],
    format: "iife",
    target: "browser",
  });
  const [script] = built.outputs;
  if (script === undefined) throw new Error("the search was not built");
  return await script.text();
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
