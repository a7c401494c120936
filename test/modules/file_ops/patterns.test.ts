import { expect, test } from "bun:test";
import fc from "fast-check";
import { writeFileSync } from "node:fs";
import type { AnyResource } from "../../../src/engine/resource.ts";
import { SlothError } from "../../../src/base/errors.ts";
import type { ValueObject } from "../../../src/base/value.ts";
import { blockinfile } from "../../../src/modules/file_ops/blockinfile.ts";
import { lineinfile } from "../../../src/modules/file_ops/lineinfile.ts";
import { template } from "../../../src/modules/file_ops/template.ts";
import { replace } from "../../../src/modules/file_ops/replace.ts";
import { Lines } from "../../../src/modules/_files/lines.ts";
import { bench as benchOf, declare } from "../../support/declare.ts";
import { runLine } from "../../support/command-line.ts";
import { temporaryDirectory } from "./_temporary.ts";

const bench = benchOf();
const EVIL = `${"a".repeat(40)}!\n`.repeat(200);

async function told(type: AnyResource, args: ValueObject): Promise<string> {
  try {
    const { action } = await declare(type, args, bench);
    return action;
  } catch (error) {
    if (!(error instanceof SlothError)) throw error;
    return `${error.code} ${error.message}`;
  }
}

const calls: [string, AnyResource, ValueObject][] = [
  ["regexp of lineinfile", lineinfile, { regexp: "^(a+)+$", line: "x" }],
  ["insertafter of lineinfile", lineinfile, { insertafter: "^(a+)+$", line: "x" }],
  ["absent of lineinfile", lineinfile, { regexp: "^(a+)+$", state: "absent" }],
  ["insertafter of blockinfile", blockinfile, { insertafter: "^(a+)+$", block: "x" }],
  ["regexp of replace", replace, { regexp: "^(a+)+$", replacement: "x" }],
  ["after of replace", replace, { regexp: "z", replacement: "x", after: "(a+)+b" }],
];
test.each(calls)("a pattern that takes too long is stopped and named: %s", async (_, type, args) => {
  using directory = temporaryDirectory();
  const path = directory.file("f", EVIL);
  let longest = 0;
  let last = performance.now();
  const ticking = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 10);
  const said = await told(type, { path, ...args });
  clearInterval(ticking);
  expect(said).toMatch(/^E_REGEXP_SLOW the regular expression '.*\(a\+\)\+.*' takes longer than 0\.5 s on \//);
  expect(longest).toBeLessThan(1000);
  expect(directory.contents("f")).toBe(EVIL);
});

test("a pattern that only may take long is searched elsewhere, and finds the same", async () => {
  using directory = temporaryDirectory();
  const words = "one two three four five six\n".repeat(3);
  const slow = directory.file("slow", `${words}key = value of it, and more\n${words}`);
  const quick = directory.file("quick", `${words}key = value of it, and more\n${words}`);
  const both = async (type: AnyResource, args: (word: string) => ValueObject): Promise<void> => {
    // The same matches: one by a loop in a loop, the other by one loop.
    for (const [path, word] of [
      [slow, "\\w+(?:[ ]\\w+)*"],
      [quick, "[\\w ]+"],
    ] as const)
      expect(await told(type, { path, ...args(word) })).not.toStartWith("E_");
    expect(directory.contents("slow")).toBe(directory.contents("quick"));
  };
  await both(lineinfile, (word) => ({
    regexp: `^(?P<name>\\w+) = (${word}),.*$`,
    line: "\\g<name> is \\2!",
    backrefs: true,
  }));
  expect(directory.contents("slow")).toContain("key is value of it!\n");
  await both(blockinfile, (word) => ({ insertafter: `^${word}!$`, block: "b" }));
  await both(replace, (word) => ({
    regexp: `^(one) (?:${word}) six$`,
    replacement: "\\1 to six",
    after: `${word}!`,
    before: "BEGIN",
  }));
  await both(replace, (word) => ({ regexp: `^(one) (?:${word}) six$`, replacement: "<\\1>" }));
  await both(lineinfile, (word) => ({ regexp: `^<(${word})>$`, state: "absent" }));
});

test("a template looks for all that may take long in few processes, and for none that takes too long", async () => {
  using directory = temporaryDirectory();
  const dest = directory.file("made");
  const content = String.raw`{% for word in words %}{{ word | regex_replace('^(\w+ ?)+!$', 'found') }}
{% if word is search('(?i)(Z+)+9') %}z{% endif %}{{ word | regex_findall('(a|a)+x') | length }}
{% endfor %}`;
  const words = ["one two three four five!", "one two three four five six", `${"z".repeat(12)}9`, "aaaaaaaaaax"];
  const made = await declare(template, { content, dest, vars: { words } }, bench);
  expect([made.action, directory.contents("made")]).toEqual([
    "create",
    `found\n0\n${words[1]}\n0\n${words[2]}\nz0\n${words[3]}\n1\n`,
  ]);
});

test.each(["regex_replace(evil, '')", "regex_search(evil)", "regex_findall(evil)", "ternary(text is match(evil), 1)"])(
  "a template's pattern that takes too long is stopped and named: %s",
  async (use) => {
    using directory = temporaryDirectory();
    const args = { content: `{{ text | ${use} }}`, dest: directory.file("made"), vars: { text: EVIL, evil: "(a+)+b" } };
    expect(await told(template, args)).toMatch(/^E_REGEXP_SLOW the regular expression '\(a\+\)\+b' .* on content/);
    expect(directory.contents("made")).toBeNull();
  },
);

test("an assertion's pattern that takes too long is stopped and named", async () => {
  const text = (pattern: string): string => `assert.matches(string.rep("a", 40) .. "!", "${pattern}")`;
  const [slow, quick] = [await runLua(text("^(a+)+$")), await runLua(text("^(a|b)+!$"))];
  expect([slow.code, slow.stderr]).toEqual([
    1,
    expect.stringContaining("'^(a+)+$' takes longer than 0.5 s on the text"),
  ]);
  expect(quick.code).toBe(0);
});

function runLua(source: string): ReturnType<typeof runLine> {
  return runLine(["plan", "-", "--stack", "patterns"], { stdin: source });
}

test("flags of 'before' and 'after' count, and are no mistake", async () => {
  using directory = temporaryDirectory();
  const path = directory.file("f", "x 1\nBEGIN\nx 2\nend\nx 3\n");
  expect(await told(replace, { path, regexp: "x", replacement: "y", after: "(?i)begin", before: "(?i)END" })).toBe(
    "update",
  );
  expect(directory.contents("f")).toBe("x 1\nBEGIN\ny 2\nend\nx 3\n");
  expect(await told(replace, { path, regexp: "x", replacement: "z", before: "(?im)^begin$" })).toBe("update");
  expect(directory.contents("f")).toBe("z 1\nBEGIN\ny 2\nend\nx 3\n");
});

test("property: lines are those of the text, with every end or with \\n alone", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("a", "\n", "\r", "b"), maxLength: 20 }), (text) => {
      const any = new Lines(text, { anyEnd: true });
      expect([...any]).toEqual(text.match(/[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+$/g) ?? []);
      const lines = new Lines(text);
      expect([...lines]).toEqual(text.match(/[^\n]*\n|[^\n]+$/g) ?? []);
      for (const [index, line] of [...lines].entries()) {
        expect([lines.is(index, line), lines.is(index, `${line}x`), lines.at(index)]).toEqual([true, false, line]);
        expect(lines.slice(index) === text.slice(text.length - lines.slice(index).length)).toBe(true);
      }
    }),
  );
});

test("nine million lines take little more than their text", async () => {
  using directory = temporaryDirectory();
  const path = directory.file("f");
  writeFileSync(path, "port 8\n".repeat(9_000_000));
  const lines = new Lines("ab\n\nc");
  expect([lines.length, [...lines], lines.slice(1), lines.at(5)]).toEqual([3, ["ab\n", "\n", "c"], "\nc", ""]);
  Bun.gc(true);
  const before = process.memoryUsage.rss();
  let most = 0;
  const watching = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 20);
  expect(await told(lineinfile, { path, regexp: "^host", line: "host 1" })).toBe("create");
  most = Math.max(most, process.memoryUsage.rss());
  clearInterval(watching);
  expect(most - before).toBeLessThan(900 << 20);
}, 60_000);
