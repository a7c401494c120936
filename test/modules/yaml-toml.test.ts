import { expect, test } from "bun:test";
import { toml } from "../../src/modules/toml/index.ts";
import { yaml } from "../../src/modules/yaml/index.ts";
import type { ModuleDefinition } from "../../src/engine/resource.ts";
import type { Value } from "../../src/base/value.ts";
import { call, refusal } from "./_call.ts";

const textOf = async (module: ModuleDefinition, name: string, args: readonly Value[]): Promise<string> => {
  const answer = await call(module, name, args);
  return typeof answer === "string" ? answer : "";
};
const yamlOf = (text: string) => call(yaml, "yaml.decode", [text]);
const tomlOf = (text: string) => call(toml, "toml.decode", [text]);

test("YAML reads scalars by its 1.2 rules, integers exactly", async () => {
  const text = "a: 9007199254740993\nb: 0o17\nd: 2024-01-02\ne: yes\nf: 012\ng: ~\nh: !!binary /w==\n";
  expect(await yamlOf(text)).toEqual({
    a: 9007199254740993n,
    b: 15,
    d: "2024-01-02",
    e: "yes",
    f: 12,
    h: new Uint8Array([255]),
  });
  expect(await yamlOf("\uFEFFa: &x {q: 1}\nb:\n  <<: *x\n  r: [1, ~]")).toEqual({
    a: { q: 1 },
    b: { q: 1, r: [1, null] },
  });
  expect(await yamlOf("")).toBe(null);
});

test("several YAML documents are asked for by name", async () => {
  expect(await refusal(yamlOf("--- 1\n--- 2\n"))).toContain("2 documents; read them with yaml.decode_all");
  expect(await call(yaml, "yaml.decode_all", ["--- 1\n--- {a: 2}\n"])).toEqual([1, { a: 2 }]);
});

test("a YAML mistake is told with its line", async () => {
  expect(await refusal(yamlOf("a: 1\nb: c: d"))).toContain("line 2, column 4");
  expect(await refusal(yamlOf("a: 1\na: 2\n"))).toContain("line 2, column 1: Map keys must be unique");
  expect(await refusal(yamlOf("a: !vault x"))).toContain("line 1, column 4: a tag that is not known");
  expect(await refusal(yamlOf("a: &x [*x]"))).toContain("refers to itself");
  expect(await refusal(yamlOf("a: *b"))).toContain("an alias of nothing");
});

test("a YAML bomb is refused before it goes off", async () => {
  const levels = Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} [${`*l${i}, `.repeat(9)}]`);
  expect(await refusal(yamlOf(`l0: &l0 x\n${levels.join("\n")}`))).toContain("E_YAML");
});

test("YAML is written in the order given, and quotes what older readers would misread", async () => {
  const text = await textOf(yaml, "yaml.encode", [
    { b: "yes", a: { c: ["0777", 1, 9007199254740993n], d: "x: y\nz\n" } },
  ]);
  expect(text).toBe('b: "yes"\na:\n  c:\n    - "0777"\n    - 1\n    - 9007199254740993\n  d: |\n    x: y\n    z\n');
  expect(await yamlOf(text)).toEqual({ a: { c: ["0777", 1, 9007199254740993n], d: "x: y\nz\n" }, b: "yes" });
});

test("TOML keeps dates as text and integers exact", async () => {
  const text = 'a = 9007199254740993\nb = 2024-01-02T03:04:05Z\nc = 2024-01-02\nd = 07:32:00\n[x.y]\nz = ["q", 1]\n';
  expect(await tomlOf(text)).toEqual({
    a: 9007199254740993n,
    b: "2024-01-02T03:04:05Z",
    c: "2024-01-02",
    d: "07:32:00",
    x: { y: { z: ["q", 1] } },
  });
});

test("a TOML mistake is told with its line", async () => {
  expect(await refusal(tomlOf("x = 1\na = 1\na = 2"))).toContain("line 3, column 1: trying to redefine");
});

test("TOML is written in the order given; what it has no form for is named", async () => {
  const value = { b: 1, a: "x", t: { n: 9007199254740993n } };
  const text = await textOf(toml, "toml.encode", [value]);
  expect(text).toBe('b = 1\na = "x"\n\n[t]\nn = 9007199254740993\n');
  expect(await tomlOf(text)).toEqual(value);
  expect(await refusal(call(toml, "toml.encode", [{ a: { b: null } }]))).toContain(
    "'a.b' cannot be written as TOML: there is no null",
  );
  expect(await refusal(call(toml, "toml.encode", [[1]]))).toContain("a TOML document is a table");
});
