import { describe, expect, test } from "bun:test";
import { LuaFactory } from "wasmoon";
import { stubFiles } from "../../src/reference/stubs.ts";
import { splitTypes } from "../../src/engine/shape.ts";
import { moduleMarkdown } from "../../src/reference/markdown.ts";
import { allModules, commonParameters, type ModuleReference } from "../../src/reference/modules.ts";
import { runLine } from "../support/command-line.ts";

const modules = allModules();
const stubs = stubFiles(modules);

test("the editor stubs are Lua, and define every function of every module", async () => {
  const lua = await new LuaFactory().createEngine();
  try {
    lua.global.set("stubs", [...stubs.values()].join("\n"));
    await lua.doString("assert(load(stubs, 'stubs', 't'))()");
    const names = modules.flatMap((module) => module.functions.map((one) => one.name));
    const kinds: unknown = await lua.doString(
      `return { ${names.map((name) => `["${name}"] = type(${name})`).join(", ")} }`,
    );
    const callable = (name: string) =>
      modules.some((module) => module.name === name && module.functions.length > 1) ? "table" : "function";
    expect(kinds).toEqual(Object.fromEntries(names.map((name) => [name, callable(name)])));
  } finally {
    lua.global.close();
  }
});

describe.each(modules.map((module) => [module.name, module] as const))("%s", (name, module) => {
  const stub = stubs.get(`${name}.lua`) ?? "";

  test("its stubs name and describe its types", () => {
    for (const type of module.types) expect(stub).toContain(`---@class ${type.name}\n`);
    expect(stub === "").toBe(module.functions.length + module.types.length === 0);
  });

  test("its stubs name and describe every field, parameter and result", () => {
    for (const one of module.functions.filter((each) => each.name !== name || module.functions.length === 1)) {
      const before = stub.slice(0, stub.indexOf(`function ${one.name}(`));
      const own = before.slice(before.lastIndexOf(") end\n") + 1);
      const word = one.call === "table" ? "field" : "param";
      for (const { name: field, summary } of [...one.parameters, ...(one.call === "positional" ? [] : one.common)]) {
        expect(own).toMatch(new RegExp(`^---@(field|${word}) ${RegExp.escape(field)}_?\\?? \\S.*$`, "m"));
        expect(summary).not.toBe("");
      }
      for (const { name: field, type } of one.results)
        expect(own).toMatch(new RegExp(`^---@field ${field}\\?? ${RegExp.escape(type)} .`, "m"));
      if (one.example !== "") expect(own).toContain(`---${one.example.split("\n")[0]}\n`);
      expect(own).toContain(`---${one.summary.split("\n")[0]}\n`);
      if (one.returns !== "") expect(own).toContain("---@return ");
    }
  });

  test("its page and `modules show` tell the same", async () => {
    const page = moduleMarkdown(module);
    expect(await runLine(["modules", "show", name])).toEqual({ code: 0, stdout: page, stderr: "" });
    for (const one of module.functions) {
      expect(page).toContain(`## ${one.name}\n\n${one.summary}\n`);
      for (const field of one.parameters) expect(page).toContain(`- \`${field.name}\` (`);
    }
  });
});

test("stubs of each kind of call", () => {
  const reference: ModuleReference = {
    name: "m",
    summary: "A module.",
    constants: [{ name: "m.zero", type: "integer", summary: "Nothing." }],
    types: [
      { name: "Pot", summary: "A pot.", fields: [{ name: "lid", type: "boolean", summary: "Whether it has one." }] },
    ],
    example: "",
    functions: [
      {
        name: "m",
        summary: "Fills it.",
        example: "",
        call: "positional",
        parameters: [{ name: "pot", type: "Pot", summary: "Which." }],
        common: [],
        returns: "",
        results: [],
      },
      {
        name: "m.put",
        summary: "Puts.",
        example: 'm.put{ ["end"] = "here" }\nm.zero = 1',
        call: "table",
        parameters: [{ name: "end", type: "string", summary: "Where." }],
        common: commonParameters.slice(1, 2),
        returns: "Result",
        results: [{ name: "code", type: "integer", summary: "How it went." }],
      },
      {
        name: "m.sub.get",
        summary: "Gets.",
        example: "",
        call: "either",
        parameters: [{ name: "end", type: "string", summary: "Where.", optional: true }],
        common: [],
        returns: "string, table",
        results: [],
      },
    ],
  };
  expect(stubFiles([reference]).get("m.lua")).toBe(`---@meta

---A pot.
---@class Pot
---@field lid boolean Whether it has one.

---A module.
---@class mlib
---@field zero integer Nothing.
---@overload fun(pot: Pot)
m = {}

m.sub = {}

---@class m.put.Call
---@field end string Where.
---@field delegate_to? string Host to do it on; the machine the workflow is on when absent.

---@class m.put.Result: Result
---@field code integer How it went.

---Puts.
---
---\`\`\`lua
---m.put{ ["end"] = "here" }
---m.zero = 1
---\`\`\`
---@param call m.put.Call
---@return m.put.Result
function m.put(call) end

---@class m.sub.get.Call
---@field end? string Where.

---Gets.
---@param end_? string Where.
---@overload fun(call?: m.sub.get.Call): string, table
---@return string
---@return table
function m.sub.get(end_) end
`);
});

test("types are told apart, whatever stands inside one", () => {
  expect(splitTypes('"a"|"b", table<string, any>, fun(a: any, b: any): any, { x: string, y: any }[]')).toEqual([
    '"a"|"b"',
    "table<string, any>",
    "fun(a: any, b: any): any",
    "{ x: string, y: any }[]",
  ]);
});

test("an unknown module names the closest, a function is shown alone", async () => {
  expect(await runLine(["modules", "show", "fss"])).toMatchObject({
    code: 64,
    stderr: "sloth-runner: there is no module fss; did you mean 'fs'?\n",
  });
  const { stdout } = await runLine(["modules", "show", "fs.read"]);
  expect(stdout).toContain("## fs.read\n");
  expect(stdout).not.toContain("fs.list");
});
