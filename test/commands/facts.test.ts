import { expect, test } from "bun:test";
import { hostname } from "node:os";
import { runLine } from "../support/command-line.ts";

test("facts of this machine, for people and for programs", async () => {
  const { stdout } = await runLine(["facts", "--output", "json"]);
  expect(JSON.parse(stdout)).toMatchObject([
    { host: "local", facts: { hostname: hostname(), cpus: expect.any(Number) } },
  ]);
  expect((await runLine(["facts"])).stdout).toMatch(new RegExp(`^ {2}hostname: +${hostname()}$`, "m"));
});

test("a host that cannot be asked is told, beside those that can", async () => {
  const asked = ["--on", "local,ssh://127.0.0.1:1"];
  const told = await runLine(["facts", ...asked]);
  expect(told).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/^local\n[^]*\n\nssh:\/\/127\.0\.0\.1:1\n {2}error: +\S/),
  });
  const { stdout } = await runLine(["facts", ...asked, "--output", "json"]);
  expect(JSON.parse(stdout)).toMatchObject([
    { host: "local" },
    { host: "ssh://127.0.0.1:1", code: "E_HOST_UNREACHABLE" },
  ]);
});
