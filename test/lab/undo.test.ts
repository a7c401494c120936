import { afterAll, beforeAll, expect } from "bun:test";
import { BINARY } from "../support/binary.ts";
import { needs } from "../support/needs.ts";
import type { LabHost } from "./host.ts";
import { lab, type Lab } from "./lab.ts";
import { isRoot } from "./tools.ts";

const test = needs(isRoot(), "root for the lab of real hosts");
let labs: Lab | undefined;
let host: LabHost;

beforeAll(async () => {
  if (!isRoot()) return;
  labs = await lab(1);
  const [first] = labs.hosts;
  if (first === undefined) throw new Error("the lab has no host");
  host = first;
  await host.copyIn(BINARY, "/root/sloth-runner");
}, 300_000);

afterAll(async () => labs?.[Symbol.asyncDispose]());

const workflow = (version: string, shell: string, state: string, more = ""): string => `
workflow{ name = "site" }
pkg.install{ name = "lab-plain", version = "${version}" }
pkg.install{ name = "lab-service" }
group.create{ name = "crew", gid = 2400 }
user.ensure{ name = "ana", uid = 2400, group = "crew", shell = "${shell}", comment = "${state}" }
systemd.ensure{ name = "lab-service", state = "${state}", enabled = ${state === "started"} }
file_ops.copy{ content = "${version}", dest = "/srv/version", mode = "0640", owner = "ana", group = "crew" }
${more}`;

async function run(lua: string): Promise<void> {
  await host.write("/root/site.lua", lua);
  await host.succeed(["/root/sloth-runner", "run", "/root/site.lua"]);
}

/** All that the workflow keeps, as the host itself tells it. */
function state(): Promise<string> {
  return host.shell(`
    dpkg-query -W -f '\${Package} \${Version} \${Status}\\n' lab-plain lab-service 2>/dev/null || true
    getent passwd ana bea || true; getent group crew || true
    systemctl is-active lab-service || true; systemctl is-enabled lab-service 2>/dev/null || true
    stat -c '%U:%G %a' /srv/version 2>/dev/null && cat /srv/version || true`);
}

test("rollback brings packages, users, groups, units and files back, and destroy leaves nothing", async () => {
  const before = await state();
  await run(workflow("1.0", "/bin/sh", "stopped"));
  const first = await state();
  await run(workflow("2.0", "/bin/bash", "started", 'user.ensure{ name = "bea" }'));
  const second = await state();
  expect(second).not.toBe(first);
  await host.succeed(["/root/sloth-runner", "stack", "rollback", "site", "--to", "1", "--yes"]);
  expect(await state()).toBe(first);
  await host.succeed(["/root/sloth-runner", "stack", "rollback", "site", "--to", "2", "--yes"]);
  expect(await state()).toBe(second);
  const drift = await host.exec(["/root/sloth-runner", "stack", "drift", "site", "--detailed-exitcode"]);
  expect(drift).toMatchObject({ exitCode: 0 });
  await host.succeed(["/root/sloth-runner", "stack", "destroy", "site", "--yes"]);
  expect(await state()).toBe(before);
}, 240_000);
