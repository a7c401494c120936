import { expect, test } from "bun:test";
import { readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { AtWork } from "../../../src/system/processes/at-work.ts";
import { processIdentity } from "../../../src/system/processes/process-identity.ts";
import { temporaryDirectory } from "../../support/temp.ts";

/** An agent that is killed while a command of a stack is at work. */
async function killedAgent(directory: string, stack: string, seconds: string): Promise<number> {
  const from = (path: string): string => JSON.stringify(resolve(import.meta.dir, "../../../src/system", path));
  const script = `
    import { openHost } from ${from("host.ts")};
    import { ${AtWork.name} } from ${from("processes/at-work.ts")};
    const atWork = new AtWork(${JSON.stringify(directory)});
    atWork.begin(${JSON.stringify(stack)});
    const onStart = (child) => (atWork.note(child), console.log(child.identity.pid));
    const system = openHost({ mode: "apply", onStart }).writer({ signal: new AbortController().signal });
    await system.run(["sleep", "${seconds}"]);`;
  const agent = Bun.spawn([process.execPath, "-e", script]);
  const { value } = await agent.stdout.getReader().read();
  agent.kill("SIGKILL");
  await agent.exited;
  return Number(new TextDecoder().decode(value));
}

test("what a killed agent left at work is found by the next of its stack, until it has ended", async () => {
  const directory = join(temporaryDirectory(), "notes");
  const pid = await killedAgent(directory, "web", "2");
  expect(new AtWork(directory).begin("db")).toEqual([]);
  expect(new AtWork(directory).begin("web")).toEqual([{ pid, program: "sleep" }]);
  while (new AtWork(directory).begin("web").length > 0) await Bun.sleep(100);
  expect(processIdentity(pid)).toBeNull();
  expect(readdirSync(directory)).toEqual([]);
});

test("what has ended is forgotten by the next agent, whatever its stack", async () => {
  const directory = join(temporaryDirectory(), "notes");
  const pid = await killedAgent(directory, "web", "0.1");
  while (processIdentity(pid) !== null) await Bun.sleep(20);
  expect(new AtWork(directory).begin("db")).toEqual([]);
  expect(readdirSync(directory)).toEqual([]);
});

test("a note that was cut short says nothing, and goes", () => {
  const directory = temporaryDirectory();
  const atWork = new AtWork(directory);
  atWork.begin("web");
  const prefix = "at-work-" + Bun.SHA256.hash("web", "hex").slice(0, 16) + "-";
  for (const [i, text] of ["", "{", "[]", '{"child":{"pid":1},"agent":1}'].entries())
    writeFileSync(join(directory, `${prefix}${i}-1`), text);
  expect(atWork.begin("web")).toEqual([]);
  expect(readdirSync(directory)).toEqual([]);
});
