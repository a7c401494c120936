import { expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runLine } from "../support/command-line.ts";
import { temporaryDirectory } from "../support/temp.ts";

const SECRET = "Zq7-Kx9vLmP2wR8";

/** Where a secret would be a name by which others see something, or find it again. */
const NAMES = [
  `file_ops.copy{ dest = "/tmp/" .. s, content = "x" }`,
  `file_ops.lineinfile{ path = s, line = "x" }`,
  `fs.read(s)`,
  `pkg.install{ name = s }`,
  `user.create{ name = s }`,
  `systemd.start{ name = s }`,
  `state.set(s, 1)`,
  `state.with_lock(s, function() end)`,
  `stack.set_output(s, 1)`,
  `stack.set_output("o", s)`,
  `stack.register_resource{ type = "t", name = s, properties = {} }`,
  `stack.register_resource{ type = "t", name = "n", properties = { [s] = 1 } }`,
  `state.set("k", { [s] = 1 })`,
  `file_ops.template{ dest = "/tmp/x", content = "x", vars = { [s] = 1 } }`,
  `exec.run{ cmd = "true", name = s }`,
  `exec.run{ cmd = "true", env = { [s] = "x" } }`,
  `exec.run{ argv = { "echo", s } }`,
  `exec.run{ cmd = "echo " .. s }`,
  `exec.run{ cmd = "true", delegate_to = s }`,
  `task{ name = s, run = function() end }`,
  `secret.command{ argv = { "echo", s } }`,
];

test.each(NAMES)("%s is refused, with the reason", async (call) => {
  const dir = temporaryDirectory();
  writeFileSync(join(dir, "site.lua"), `workflow{ name = "w" }\nlocal s = values.s\n${call}\n`);
  writeFileSync(join(dir, "s"), SECRET);
  const words = ["run", join(dir, "site.lua"), "--set", `s=@${join(dir, "s")}`, "--db", join(dir, "record.db")];
  const { code, stdout, stderr } = await runLine(words);
  expect(code).not.toBe(0);
  expect(stderr).toMatch(/a secret|is a secret/);
  expect(stderr).toMatch(/would be (seen|stored)|sees the arguments/);
  const kept = readdirSync(dir).filter((name) => name.startsWith("record.db") && !name.endsWith("locks"));
  for (const text of [stdout, stderr, ...kept.map((name) => readFileSync(join(dir, name), "latin1"))])
    expect(text).not.toContain(SECRET);
});
