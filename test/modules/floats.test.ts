import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { runLine } from "../support/command-line.ts";
import { temporaryDirectory } from "../support/temp.ts";

const SCRIPT = `
local text = "a = 1.0\\nb = 1\\nc = [ -2.0, 0.5, 1e+300 ]\\n\\n[d]\\ne = 0.0\\n"
print(toml.encode(toml.decode(text)) == text, toml.decode(text).a, toml.decode(text).b)
local list = yaml.decode("- 1.0\\n- 1\\n- -0.5\\n- {a: 2.0}\\n")
print((yaml.encode(list):gsub("\\n", "|")), math.type(list[1]), math.type(list[2]))
print((yaml.encode({ a = 3 / 1, b = 3 // 1 }):gsub("\\n", "|")))
local json_text = '{"a":1.0,"b":[2,-0.0,1e3,1E+2,0.5],"c":"1.0","d":100000000000000000000.0}'
print(json.encode(json.decode(json_text)), math.type(json.decode("1.0")), math.type(json.decode("1")))
print(json.encode({ a = 2 / 2, b = 2 // 2, c = 1e100 }))
print(values.v, math.type(values.v))
file_ops.template{
  content = "{{ a }} {{ b }} {{ m | to_json }} {{ v }}\\n", dest = "HERE/made",
  vars = { a = 1.0, b = 1, m = { x = 2 / 2, y = { 1.0, 2 } }, v = values.v },
}
print(fs.read("HERE/made"))
`;

test.each([
  ["v.yaml", "v: 1.0\n"],
  ["v.json", '{"v": 1.0}'],
  ["v.toml", "v = 1.0\n"],
])("a float without a fraction stays one, whatever it goes through, from %s on", async (name, text) => {
  const here = temporaryDirectory();
  writeFileSync(join(here, name), text);
  const stdin = SCRIPT.replaceAll("HERE", here);
  const ran = await runLine(["plan", "-", "--stack", "floats", "--values", join(here, name)], { stdin });
  const printed = ran.stdout
    .replaceAll("(in plan) ", "")
    .split("\n")
    .filter((line) => !line.startsWith("+ "));
  expect([ran.code, printed.slice(0, 7)]).toEqual([
    0,
    [
      "true\t1.0\t1",
      "- 1.0|- 1|- -0.5|- a: 2.0|\tfloat\tinteger",
      "a: 3.0|b: 3|",
      '{"a":1.0,"b":[2,-0.0,1000.0,100.0,0.5],"c":"1.0","d":100000000000000000000.0}\tfloat\tinteger',
      '{"a":1.0,"b":1,"c":1e+100}',
      "1.0\tfloat",
      '1.0 1 {"x": 1.0, "y": [1.0, 2]} 1.0',
    ],
  ]);
});
