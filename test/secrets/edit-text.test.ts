import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { encodeToml } from "../../src/base/formats/toml-text.ts";
import { encodeYaml } from "../../src/base/formats/yaml-text.ts";
import type { Value } from "../../src/base/value.ts";
import { parseDocumentOf, textsIn, type Format, type Text } from "../../src/secrets/document.ts";
import { withEdits } from "../../src/secrets/edit-text.ts";
import { pathOf, pathText, type Step } from "../../src/secrets/leaf-text.ts";
import { messageOf } from "../support/thrown.ts";

const LEAF = `age:YWdl${"A".repeat(40)}=`;
const put = (text: string, format: Format, key: string) =>
  withEdits(text, format, [{ path: pathOf(key) ?? [], text: LEAF }]);

describe("one line is another one, and no other", () => {
  test.each<[Format, string, string, string]>([
    ["yaml", "", "a.b", `a:\n  b: ${LEAF}\n`],
    ["yaml", "# only a comment", "a", `# only a comment\na: ${LEAF}\n`],
    ["yaml", "a: 1 # one\nb: two # two\n", "b", `a: 1 # one\nb: ${LEAF} # two\n`],
    ["yaml", 'b: "two"\n', "b", `b: ${LEAF}\n`],
    ["yaml", "b:\nc: 1\n", "b", `b: ${LEAF}\nc: 1\n`],
    ["yaml", "b: |\n  several\n  lines\nc: 1\n", "b", `b: ${LEAF}\nc: 1\n`],
    [
      "yaml",
      "db:\n    host: x\n\n# of the app\napp: 1\n",
      "db.pw",
      `db:\n    host: x\n    pw: ${LEAF}\n\n# of the app\napp: 1\n`,
    ],
    ["yaml", "db:\n  host: x", "db.pw", `db:\n  host: x\n  pw: ${LEAF}\n`],
    ["yaml", "db: {host: x}\n", "db.pw", `db: {host: x, "pw": "${LEAF}"}\n`.replace(`"${LEAF}"`, LEAF)],
    ["yaml", "u:\n  - name: a\n  - name: b\n", "u[1].pw", `u:\n  - name: a\n    pw: ${LEAF}\n  - name: b\n`],
    ["yaml", "u: [x, y]\n", "u[2]", `u: [x, ${LEAF}]\n`],
    ["yaml", "a: 1\r\nb: 2\r\n", "c", `a: 1\r\nb: 2\r\nc: ${LEAF}\r\n`],
    ["yaml", "\uFEFFa: 1\n", "b", `\uFEFFa: 1\nb: ${LEAF}\n`],
    ["yaml", "a: 1\n", "on", `a: 1\n"on": ${LEAF}\n`],
    ["json", "", "a.b", `{\n  "a": {\n    "b": "${LEAF}"\n  }\n}\n`],
    ["json", '{\n  "a": 1\n}\n', "b", `{\n  "a": 1,\n  "b": "${LEAF}"\n}\n`],
    ["json", '{"a": {}}', "a.b", `{"a": { "b": "${LEAF}" }}`],
    ["json", '{"a": ""}', "a", `{"a": "${LEAF}"}`],
    ["toml", "", "a", `a = "${LEAF}"\n`],
    ["toml", "", "a.b", `[a]\nb = "${LEAF}"\n`],
    ["toml", 'a = "x" # one\nb = 2\n', "a", `a = "${LEAF}" # one\nb = 2\n`],
    ["toml", '[a]\nb = 1\n\n[c]\nb = ""\n', "c.b", `[a]\nb = 1\n\n[c]\nb = "${LEAF}"\n`],
    ["toml", "[a]\nb = 1\n\n[c]\nd = 2\n", "a.pw", `[a]\nb = 1\npw = "${LEAF}"\n\n[c]\nd = 2\n`],
  ])("%s: %p, %s", async (format, text, key, expected) => {
    expect(await put(text, format, key)).toBe(expected);
  });
});

test.each<[Format, string, string, string]>([
  ["yaml", "a: 1\n", "a.b", "a is no table"],
  ["yaml", "a: [1]\n", "a[2]", "there is no a[2]"],
  ["yaml", "a: &x 1\nb: *x\n", "a", "a cannot be put there without a change to the rest"],
  ["toml", 'a = """\nb = 1\n"""\n', "a", "a cannot be put there without a change to the rest"],
])("what cannot be put there is refused: %s: %p, %s", async (format, text, key, why) => {
  expect(await messageOf(put(text, format, key))).toBe(why);
});

const key = fc.stringMatching(/^[a-z][a-z0-9_.\- ]{0,6}$/);
const table = fc.letrec<{ value: Value; table: Value }>((tie) => ({
  value: fc.oneof({ depthSize: "small" }, fc.string(), fc.integer(), fc.boolean(), tie("table")),
  table: fc.dictionary(key, tie("value"), { minKeys: 1, maxKeys: 4 }),
})).table;

test("whatever the file says, every text of it can be another one, and a new one come in, and nothing else changes", async () => {
  const writers = { yaml: encodeYaml, json: async (value: Value) => JSON.stringify(value, null, 2), toml: encodeToml };
  await fc.assert(
    fc.asyncProperty(table, key, fc.constantFrom<Format>("yaml", "json", "toml"), async (value, fresh, format) => {
      const text = await writers[format](value);
      const before = await parseDocumentOf(text, format);
      const paths: (readonly Step[])[] = [...textsIn(before).map(({ path }) => path), [`${fresh}!`, "x"]];
      const edits = paths.map((path, at) => ({ path, text: `${LEAF}${at}` }));
      const after = textsIn(await parseDocumentOf(await withEdits(text, format, edits), format));
      const told = (all: readonly Text[]) => new Map(all.map(({ path, text: now }) => [pathText(path), now]));
      expect(told(after)).toEqual(told(edits));
      expect(after).toHaveLength(edits.length);
    }),
    { seed: 21, numRuns: Number(process.env["SLOTH_EDIT_RUNS"] ?? 60) },
  );
});

test("a key is written as it is read", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.stringMatching(/^[^[\]\\.]+$/), fc.nat(9)), { minLength: 1 }), (steps) => {
      const path: readonly Step[] = ["top", ...steps];
      expect(pathOf(pathText(path))).toEqual(path);
    }),
    { seed: 22, numRuns: 100 },
  );
  expect(pathOf("a\\.b.c")).toEqual(["a.b", "c"]);
  for (const none of ["", ".", "a.", ".a", "a..b", "[1]", "a[0]", "a[x]"]) expect(pathOf(none)).toBeUndefined();
});
