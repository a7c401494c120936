import { afterAll, beforeAll, expect, setDefaultTimeout } from "bun:test";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { BINARY } from "../support/binary.ts";
import { needs } from "../support/needs.ts";
import { temporaryDirectory } from "../support/temporary.ts";
import { succeed } from "./command.ts";
import { lab, type Lab } from "./lab.ts";
import { isRoot } from "./tools.ts";

setDefaultTimeout(300_000); // the first lab of a machine builds its roots
const test = needs(isRoot(), "root for the lab of real hosts");
const examples = resolve(import.meta.dir, "../../examples");

const dir = temporaryDirectory();
let hosts: Lab;
beforeAll(async () => {
  if (isRoot()) hosts = await lab(2);
});
afterAll(async () => {
  await hosts?.[Symbol.asyncDispose]();
  dir[Symbol.dispose]();
});

test("users: people, keys and sudoers are made once, and then left alone", async () => {
  const [host] = hosts.hosts;
  if (host === undefined) throw new Error("no host");
  await host.copyIn(BINARY, "/usr/local/bin/sloth-runner");
  for (const name of ["sloth.lua", "keys/ana.pub", "keys/ben.pub"])
    await host.copyIn(join(examples, "users", name), `/srv/users/${name}`);
  await host.shell("useradd carl");
  const start = () => host.succeed(["sloth-runner", "run", "/srv/users/sloth.lua"]);

  await start();
  expect(await host.shell("id -nG ana; cat ~ben/.ssh/authorized_keys")).toMatch(
    /\badmins\b.*\nssh-ed25519 .* ben@example.org\n$/,
  );
  expect(await host.shell("getent passwd carl || echo gone; sudo -l -U ana | tail -n 1")).toMatch(
    /^gone\n.*NOPASSWD: ALL\n$/,
  );
  expect(await start()).toMatch(/^\d+ resources: \d+ unchanged \(/m);
});

test("many hosts: all of them at once, then one after the other, then nothing is left to do", async () => {
  const inventory = join(dir.path, "inventory.yaml");
  writeFileSync(inventory, "hosts: { h1: {}, h2: {} }\ngroups: { web: { hosts: [h1, h2], vars: { role: lab } } }\n");
  const flags = ["--inventory", inventory, "--ssh-config", hosts.sshConfig, "--db", join(dir.path, "s.db")];
  const start = () => succeed([BINARY, "run", join(examples, "many-hosts/sloth.lua"), ...flags]);

  await start();
  for (const host of hosts.hosts)
    expect(await host.read("/etc/issue.net")).toBe(`${host.name} (lab): authorised use only.\n`);
  expect(await start()).toMatch(/^4 resources: 4 unchanged; on 3 hosts \(/m);

  const facts = await succeed([BINARY, "facts", "--on", "web", ...flags.slice(0, 4)]);
  for (const host of hosts.hosts) expect(facts).toMatch(new RegExp(`^  hostname: +${host.name}$`, "m"));
  const line = 'file_ops.copy{ content = "one line\\n", dest = "/etc/one-line" }';
  const exec = (...more: string[]) => succeed([BINARY, "exec", line, "--on", "web", ...flags, ...more]);
  expect(await exec("--plan")).toContain("2 would be created");
  expect(await exec()).toContain("2 created");
  expect(await exec()).toContain("2 unchanged");
});
