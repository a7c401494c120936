import { describe, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseValuesFile } from "../../src/run/values-file.ts";
import { loadValues, type ValueSources } from "../../src/run/values.ts";
import { Secret } from "../../src/base/value.ts";
import { SlothError } from "../../src/base/errors.ts";

const around = {
  env: { TOKEN: "hunter22" },
  stdin: () => Promise.resolve(new TextEncoder().encode("a: 1\n")),
  read: parseValuesFile,
};
const load = (sources: Partial<ValueSources>) =>
  loadValues({ config: {}, file: undefined, set: [], ...sources }, around);

/** Loads one file of that name and contents. */
async function loadFile(name: string, contents: string | Uint8Array): Promise<unknown> {
  const directory = await mkdtemp(join(tmpdir(), "sloth-values-"));
  try {
    await writeFile(join(directory, name), contents);
    return await load({ file: join(directory, name) });
  } catch (thrown) {
    if (!(thrown instanceof SlothError)) throw thrown;
    return `${thrown.exitCode} ${thrown.toString().replaceAll(`${directory}/`, "")}`;
  } finally {
    await rm(directory, { recursive: true });
  }
}

const failure = async (sources: Partial<ValueSources>): Promise<string> =>
  await load(sources).then(
    () => "no error",
    (thrown: unknown) => (thrown instanceof SlothError ? `${thrown.exitCode} ${thrown.toString()}` : String(thrown)),
  );

test("config, then the file, then --set: tables merge, all else is replaced", async () => {
  const config = { db: { name: "web", port: 1 }, list: [1, 2], a: { deep: true } };
  expect(await load({ config, file: "-", set: ["db.port=5432", "db.tls=true", "list=x"] })).toEqual({
    db: { name: "web", port: 5432, tls: true },
    list: "x",
    a: 1,
  });
});

test("--set: whole numbers and booleans are typed, all else stays as written", async () => {
  const set = [
    "n=8080",
    "neg=-5",
    "yes=true",
    "version=1.10",
    "mode=0644",
    "nil=null",
    "empty=",
    "eq=a=b",
    "big=9007199254740993",
  ];
  expect(await load({ set: [...set, String.raw`host\.name=x`, "huge=123456789012345678901"] })).toEqual({
    n: 8080,
    neg: -5,
    yes: true,
    version: "1.10",
    mode: "0644",
    nil: "null",
    empty: "",
    eq: "a=b",
    big: 9007199254740993n,
    "host.name": "x",
    huge: "123456789012345678901",
  });
});

test("--set K=@FILE and K=env:VAR are secrets, without the newline an editor adds", async () => {
  const directory = await mkdtemp(join(tmpdir(), "sloth-values-"));
  await writeFile(join(directory, "password"), "s3cret\n");
  const values = await load({ set: [`db.password=@${directory}/password`, "token=env:TOKEN"] });
  await rm(directory, { recursive: true });
  expect(JSON.stringify(values)).toBe('{"db":{"password":"(secret)"},"token":"(secret)"}');
  const { token } = values;
  expect(token instanceof Secret && new TextDecoder().decode(token.reveal())).toBe("hunter22");
});

test("--set mistakes", async () => {
  expect(await failure({ set: ["port"] })).toBe(
    "64 --set port is not KEY=VALUE; write --set port=80 or --set db.name=web",
  );
  expect(await failure({ set: ["a..b=1"] })).toStartWith("64 ");
  expect(await failure({ set: ["=1"] })).toStartWith("64 ");
  expect(await failure({ set: ["a=env:NOPE"] })).toBe("64 --set: the environment has no NOPE");
  expect(await failure({ set: ["a=@/nope"] })).toBe("65 --set: /nope: no such file");
  expect(await load({ set: ["__proto__.x=1"] })).not.toHaveProperty("x");
});

const same = { name: "web", ports: [80, 443], big: 9007199254740993n, tls: { on: true } };
const yamlText = "name: web\nports: [80, 443]\nbig: 9007199254740993\ntls: {on: true}\n";
const jsonText = '{"name": "web", "ports": [80, 443], "big": 9007199254740993, "tls": {"on": true}}';
const tomlText = 'name = "web"\nports = [80, 443]\nbig = 9007199254740993\n[tls]\non = true\n';

describe("a file says the same", () => {
  test.each([
    ["v.yaml", yamlText],
    ["v.yml", `\ufeff${yamlText.replaceAll("\n", "\r\n")}`],
    ["v.json", jsonText],
    ["v.toml", tomlText],
    ["v", yamlText],
    ["v", jsonText],
    ["v.conf", tomlText],
  ])("%s %#", async (name, text) => expect(await loadFile(name, text)).toEqual(same));

  test("and nothing when it is empty", async () => {
    for (const name of ["v.yaml", "v.toml", "v"]) expect(await loadFile(name, "")).toEqual({});
  });
});

test("what is particular to one of them", async () => {
  expect(await loadFile("v.yaml", "base: &b {a: 1}\nx: {<<: *b, c: 2}\nd: 2020-01-01\nn: ~\nb: !!binary /w==")).toEqual(
    {
      base: { a: 1 },
      x: { a: 1, c: 2 },
      d: "2020-01-01",
      n: null,
      b: new Uint8Array([0xff]),
    },
  );
  expect(await loadFile("v.toml", "d = 2020-01-01T00:00:00Z\nday = 2020-01-01\n")).toEqual({
    d: "2020-01-01T00:00:00Z",
    day: "2020-01-01",
  });
});

describe("a file that is wrong is one sentence with its line, and exit code 65", () => {
  test.each([
    ["v.yaml", "a: 1\nb: [1,\nc: 2\n", "65 v.yaml is not YAML that can be read: line 3, column 1: Flow sequence in"],
    ["v.yaml", "a: 1\na: 2\n", "65 v.yaml is not YAML that can be read: line 2, column 1: Map keys must be unique"],
    ["v.yaml", "a: 1\n---\na: 2\n", "65 v.yaml holds 2 documents, expected one"],
    ["v.yaml", "- 1\n- 2\n", "65 v.yaml is not a table of names and values"],
    ["v.yaml", "a: *x\n", "65 v.yaml is not YAML that can be read: "],
    ["v.json", '{"a": 1,\n "b": [}\n', "65 v.json is not JSON: line 2, column 8: "],
    ["v.json", "a: 1\n", "65 v.json is not JSON: line 1, column 1: "],
    ["v.toml", "a = 1\nb =\n", "65 v.toml is not TOML: line 2, column "],
    ["v", "\t}{ = 1", "65 v is none of YAML, JSON and TOML; as YAML it is not YAML that can be read: line 1, "],
    ["v", "just a sentence", "65 v is not a table of names and values"],
  ])("%s %#", async (name, text, message) => expect(await loadFile(name, text)).toStartWith(message));

  test("bytes that are no text", async () => {
    expect(await loadFile("v.yaml", new Uint8Array([0x61, 0xff, 0xfe]))).toBe("65 v.yaml is not UTF-8 text");
  });
  test("not there, or a directory", async () => {
    expect(await failure({ file: "/nope.yaml" })).toBe("65 --values: /nope.yaml: no such file");
    expect(await failure({ file: tmpdir() })).toBe(`65 --values: ${tmpdir()}: is a directory`);
  });
  test("an alias that grows without bound", async () => {
    const levels = Array.from({ length: 30 }, (_, i) => `l${i + 1}: &l${i + 1} [*l${i}, *l${i}]`);
    expect(await loadFile("v.yaml", `l0: &l0 [x]\n${levels.join("\n")}\n`)).toStartWith("65 v.yaml is not YAML");
  });
});
