import { expect, test } from "bun:test";
import { bench } from "../_support.ts";

const CASES: readonly (readonly [source: string, message: string])[] = [
  [
    "- hosts: all\n  tasks:\n    - name: x\n      apt: name=nginx\n",
    "site.lua:1: this is YAML, not Lua; a workflow is Lua",
  ],
  ["---\nname: x\n", "site.lua:1: this is YAML"],
  [`pkg.install{ name: "x" }`, "site.lua:1: a field is written with =, not with a colon; write name = …"],
  [
    `file_ops.copy{\n  content = "a: b",\n  dest: "/x",\n}`,
    "site.lua:3: a field is written with =, not with a colon; write dest = …",
  ],
  [`local t = { "name": "x" }`, "site.lua:1: a field is written with =, not with a colon"],
  [`if a != b then end`, "site.lua:1: != is no operator of Lua's; not equal is ~="],
  [`if a && b then end`, "&& is no operator of Lua's; it is written and"],
  [`if a || b then end`, "|| is no operator of Lua's; it is written or"],
  [`if !a then end`, "! is no operator of Lua's; it is written not"],
  [`x += 1`, "+= is no operator of Lua's"],
  [`print(\u201chello\u201d)`, "site.lua:1: \u201c is no quote of Lua's; write \"…\" or '…', straight quotes"],
  [`print(1)\n# a comment\n`, "site.lua:2: # begins no comment; a comment begins with --"],
  [`// a comment`, "// begins no comment; a comment begins with --"],
  [`file_ops.copy{\n  content = "x"\n  dest = "/x",\n}`, "site.lua:3: a comma is missing before 'dest'"],
  [`t = { a = 1 b = 2 }`, "site.lua:1: a comma is missing before 'b'"],
  [
    `task{ name = "a", run = function()\n  if x then\n    print(1)\nend }\ntask{ name = "b", run = function()\nend }`,
    "site.lua:2: the if of this line is not closed; an end is missing",
  ],
  [
    `local function f()\n  for i = 1, 2 do\n    print(i)\n  end\n`,
    "site.lua:1: the function of this line is not closed; an end is missing",
  ],
  [`while true do\n  print("end") -- end\n`, "site.lua:1: the while of this line is not closed; an end is missing"],
  [
    `if a then\n  b()\nelse if c then\n  d()\nend`,
    "site.lua:3: 'else if' begins a further block, which is not closed; write elseif, one word",
  ],
  [
    `task{\n  name = "a",\n  run = function()\n    print(1)\n  end,\n`,
    "site.lua:1: the { of this line is not closed; an } is missing",
  ],
  [`local x = `, "unexpected symbol near <eof>"],
  [
    `print("abc)`,
    'site.lua:1: the text that begins with " is not closed on its line; several lines stand in [[ and ]]',
  ],
  [`print(1) # why`, "site.lua:1: # begins no comment; a comment begins with --"],
  [`print(\`a\`)`, "site.lua:1: ` is no quote of Lua's"],
  [`print('it's')`, `site.lua:1: the text ends at its second '; write "it's"`],
  [`pkg.install{ name = ["a", "b"] }`, 'site.lua:1: a list is not written with [ ]; write { "a", "b" }'],
  [`let x = 1`, "site.lua:1: 'let' is no word of Lua's; write local x = …"],
  [`print(1)\nif x then {\n  print(2)\n}`, "site.lua:2: no block stands in { } in Lua; if … then … end"],
  [`local function f() {\n  return 1\n}`, "site.lua:1: no block stands in { } in Lua"],
  [`for i in range(3):\n  print(i)\n`, "site.lua:1: no block begins with a colon in Lua"],
  [`def f(a):\n  pass\n`, "site.lua:1: no block begins with a colon in Lua"],
  [`return a ? 1 : 2`, "site.lua:1: ? : is not in Lua; write condition and one or other"],
  [`import tasks\n`, "site.lua:1: 'import' is no word of Lua's; write local tasks = require"],
  [`for i = 1, 3 do\n  if i == 2 then continue end\nend`, "site.lua:2: Lua has no continue; put ::continue::"],
  [
    `task({\n  name = "a",\n  run = function()\n    if x then\n      print(1)\n  end,\n})`,
    "site.lua:4: the if of this line is not closed; an end is missing, noticed at line 6",
  ],
  [`local 1 = 2`, "<name> expected near '1'"],
];

test.each(CASES)("%j is told in the user's words", async (source, message) => {
  const { machine } = await bench();
  let told = "";
  try {
    machine.load(Buffer.from(source), "site.lua");
  } catch (error) {
    told = String(error);
  }
  expect(told).toContain(message);
  machine.close();
});

test("what is right is never explained", async () => {
  const { machine } = await bench();
  const right = `local a = { ["b: c"] = "x != y", d = "\u201cq\u201d" } -- && ||\nif a ~= nil and not (1 > 2) then a.d:upper() end\n::top::\n`;
  expect(() => machine.load(Buffer.from(right), "site.lua")).not.toThrow();
  machine.close();
});
