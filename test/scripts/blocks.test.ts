import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { readArguments } from "../../src/cli/args.ts";
import { findCommand } from "../../src/cli/dispatch.ts";
import { commands } from "../../src/commands/index.ts";
import { decodeYaml } from "../../src/base/formats/yaml-text.ts";
import { blocksOf, type Block } from "../../scripts/docs/blocks.ts";
import { PLAYED } from "../../scripts/record.ts";
import { runLine } from "../support/command-line.ts";
import { layBeside } from "../support/taught.ts";
import { temporaryDirectory } from "../support/temporary.ts";

/* Every code block of a page is run (test/program/pages, test/lab/taught) or checked here. */
const root = resolve(import.meta.dir, "../..");
const made = /^docs\/(commands\.md|modules\/)/;
const pages = ["*.md", "docs/**/*.md", "examples/**/*.md"]
  .flatMap((glob) => [...new Bun.Glob(glob).scanSync(root)])
  .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
const written = pages.filter(({ path }) => !made.test(path));
const inLanguage = (...languages: readonly string[]) =>
  pages.flatMap(({ path, text }) =>
    blocksOf(text)
      .filter(({ language }) => languages.includes(language))
      .map((block) => ({ path, ...block })),
  );
const place = ({ path, from }: Block & { readonly path: string }): string =>
  `${path}:${readFileSync(join(root, path), "utf8").slice(0, from).split("\n").length}`;

test("a page marks the language of every code block, and one that shows a session is played", () => {
  const known = ["console", "jinja", "json", "lua", "sh", "text", "toml", "yaml"];
  for (const { path, text } of written) {
    const outside = text.replaceAll(/^```.*?^```$/gms, "");
    expect({ path, indented: outside.match(/^ {4}\S.*/gm) }).toEqual({ path, indented: null });
    const languages = blocksOf(text).map(({ language }) => language);
    expect(known).toEqual(expect.arrayContaining(languages));
    expect({ path, isPlayed: languages.includes("console") }).toEqual({
      path,
      isPlayed: PLAYED.some((played) => played === path),
    });
  }
});

test("every workflow of a page passes the check", async () => {
  using dir = temporaryDirectory();
  layBeside(dir.path);
  const wrong: string[] = [];
  for (const block of inLanguage("lua").filter(({ path, file }) => !made.test(path) && file !== "wrong.lua")) {
    const file = join(dir.path, "workflow.lua");
    for (const other of inLanguage("lua", "jinja", "yaml"))
      if (other.path === block.path && other.file !== undefined)
        await Bun.write(join(dir.path, other.file), other.text);
    writeFileSync(file, block.text);
    const { code, stderr } = await runLine(["check", file]);
    if (code !== 0) wrong.push(`${place(block)}: ${stderr}`);
  }
  expect(wrong).toEqual([]);
});

test("YAML, JSON and TOML of a page can be read", async () => {
  for (const block of inLanguage("yaml")) expect(await decodeYaml(block.text)).not.toEqual([]);
  for (const block of inLanguage("json")) expect(() => JSON.parse(block.text)).not.toThrow();
  for (const block of inLanguage("toml")) expect(() => Bun.TOML.parse(block.text)).not.toThrow();
});

test("every command line of a page is one that the program understands", () => {
  const lines = [
    ...inLanguage("sh", "console").flatMap((block) => {
      const text = block.language === "sh" ? block.text : block.text.replaceAll(/^(?!\$ ).*$/gm, "");
      return ours(text).map((line) => ({ at: place(block), line }));
    }),
    ...written.flatMap(({ path, text }) =>
      [...text.matchAll(/`(sloth-runner [^`]+)`/g)].flatMap(([, line = ""]) =>
        ours(line).map((one) => ({ at: path, line: one })),
      ),
    ),
    ...pages
      .filter(({ path }) => path === "docs/commands.md")
      .flatMap(({ path, text }) =>
        [...text.matchAll(/^Example:\n\n((?: {4}.*\n?)+)/gm)].flatMap(([, example = ""]) =>
          ours(example).map((line) => ({ at: path, line })),
        ),
      ),
  ];
  expect(lines.length).toBeGreaterThan(80);
  expect(lines.flatMap(({ at, line }) => faultOf(line).map((fault) => `${at}: ${line}: ${fault}`))).toEqual([]);
});

/** The command lines of ours in a piece of shell. */
function ours(shell: string): readonly string[] {
  const whole = shell.replaceAll(/\\\n\s*/g, " ");
  return [...whole.matchAll(/(?<![\w./-])sloth-runner ((?:'[^'\n]*'|"[^"\n]*"|<\([^)]*\)|[^|&;<>()\n#'"])+)/g)].map(
    ([, line = ""]) => line.trim(),
  );
}

function faultOf(line: string): readonly string[] {
  const words = [...line.matchAll(/(?:'([^']*)'|"([^"]*)"|(<\([^)]*\)|\S+))/g)].map(([, a, b, c]) => a ?? b ?? c ?? "");
  if (words.some((word) => word === "…" || word === "--help" || /[[\]{}]|\.\.\.$/.test(word))) return [];
  return understood(words) ? [] : ["not understood"];
}

const loaded = new Map(await commandsIn(commands, []));

async function commandsIn(
  table: object,
  path: readonly string[],
): Promise<readonly (readonly [string, Parameters<typeof readArguments>[1]])[]> {
  const all = Object.entries(table).map(async ([name, entry]) => {
    const { target } = findCommand([...path, name], commands);
    if (typeof target === "function") return [[[...path, name].join(" "), (await target()).default.arguments] as const];
    return typeof entry === "function" ? [] : commandsIn(target, [...path, name]);
  });
  return (await Promise.all(all)).flat();
}

function understood(words: readonly string[]): boolean {
  const { path, rest, target } = findCommand(words, commands);
  if (typeof target !== "function") return rest.length === 0;
  try {
    readArguments(rest, loaded.get(path.join(" ")) ?? {});
    return true;
  } catch (error) {
    return / is missing: /.test(String(error)); // what is named is the command, not a whole line
  }
}
