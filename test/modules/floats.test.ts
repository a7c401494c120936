import { expect, test } from "bun:test";
import { runLine } from "../support/command-line.ts";

const SCRIPT = `
local text = "a = 1.0\\nb = 1\\nc = [ -2.0, 0.5, 1e+300 ]\\n\\n[d]\\ne = 0.0\\n"
print(toml.encode(toml.decode(text)) == text, toml.decode(text).a, toml.decode(text).b)
local list = yaml.decode("- 1.0\\n- 1\\n- -0.5\\n- {a: 2.0}\\n")
print((yaml.encode(list):gsub("\\n", "|")), math.type(list[1]), math.type(list[2]))
print((yaml.encode({ a = 3 / 1, b = 3 // 1 }):gsub("\\n", "|")))
`;

test("a float without a fraction stays one through TOML and YAML", async () => {
  const { code, stdout } = await runLine(["plan", "-", "--stack", "floats"], { stdin: SCRIPT });
  expect([code, stdout.replaceAll("(in plan) ", "").split("\n").slice(0, 3)]).toEqual([
    0,
    ["true\t1.0\t1", "- 1.0|- 1|- -0.5|- a: 2.0|\tfloat\tinteger", "a: 3.0|b: 3|"],
  ]);
});
