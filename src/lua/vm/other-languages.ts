import type { Rule } from "./syntax.ts";

/** What is written as in YAML, Python, JavaScript or a shell, in the order in which they are likely. */
export const otherLanguages: readonly Rule[] = [yaml, python, declaration, braces, list, choice, included, skipping];

/** Names of other languages for what Lua calls otherwise. */
export const OTHER_NAMES: Readonly<Record<string, string>> = {
  null: "nil",
  None: "nil",
  undefined: "nil",
  True: "true",
  False: "false",
  TRUE: "true",
  FALSE: "false",
};

/** `hosts: all`, `- name: x`: most of the lines are of that kind. */
function yaml({ lines }: Parameters<Rule>[0]): ReturnType<Rule> {
  const written = lines.filter((text) => text.trim() !== "" && !/^\s*#/.test(text));
  const fields = written.filter((text) => /^\s*(- )?\s*[\w.-]+:(\s|$)|^---\s*$|^\s*- \S/.test(text));
  if (fields.length * 2 <= written.length) return undefined;
  const hint = 'a workflow is Lua, as in: pkg.install{ name = "nginx" }';
  return { message: "this is YAML, not Lua", hint, line: 1 };
}

/** `if x:`, `def f():` */
function python({ lines }: Parameters<Rule>[0]): ReturnType<Rule> {
  const at = lines.findIndex((text) =>
    /^\s*(for|if|elif|else|while|def|class|with|try)\b[^:]*(\([^)]*\))?\s*:\s*$/.test(text),
  );
  if (at === -1) return undefined;
  const hint = "if … then … end, for … do … end, function … end";
  return { message: "no block begins with a colon in Lua", hint, line: at + 1 };
}

/** `let x = 1` */
function declaration({ bare }: Parameters<Rule>[0]): ReturnType<Rule> {
  const [, word, name] = /^\s*(let|const|var|my|auto|set|export)\s+\$?(\w+)\s*=/.exec(bare) ?? [];
  return name === undefined ? undefined : { message: `'${word}' is no word of Lua's`, hint: `write local ${name} = …` };
}

/** `if x then {`, `function f() {` */
function braces({ bare, said }: Parameters<Rule>[0]): ReturnType<Rule> {
  if (!said.endsWith("near '{'") || !/\b(if|for|while|function|else|do|then)\b.*\{\s*$/.test(bare)) return undefined;
  return { message: "no block stands in { } in Lua", hint: "if … then … end, for … do … end, function … end" };
}

/** `name = ["a", "b"]` */
function list({ bare, said }: Parameters<Rule>[0]): ReturnType<Rule> {
  if (!/near '[[\]]'$/.test(said) || !/(^|[=(,{]|\breturn)\s*\[/.test(bare)) return undefined;
  return { message: "a list is not written with [ ]", hint: 'write { "a", "b" }' };
}

/** `x ? 1 : 2` */
function choice({ bare }: Parameters<Rule>[0]): ReturnType<Rule> {
  if (!/\?[^?.]*:/.test(bare)) return undefined;
  return { message: "? : is not in Lua", hint: "write condition and one or other" };
}

/** `import x`, `#include "x"` */
function included({ bare }: Parameters<Rule>[0]): ReturnType<Rule> {
  const word = /^\s*(import|from|use|using|source|#include)\s+["\w<.]/.exec(bare)?.[1];
  return word === undefined
    ? undefined
    : {
        message: `'${word}' is no word of Lua's`,
        hint: 'write local tasks = require "tasks", for tasks.lua beside it',
      };
}

function skipping({ lines }: Parameters<Rule>[0]): ReturnType<Rule> {
  const at = lines.findIndex((text) => /^\s*(.*\bthen\s+)?continue\b\s*(end\b.*)?$/.test(text));
  if (at === -1) return undefined;
  const hint = "put ::continue:: before the end of the loop and write goto continue";
  return { message: "Lua has no continue", hint, line: at + 1 };
}
