import { afterAll, beforeAll, expect, setDefaultTimeout } from "bun:test";
import { readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { needs } from "../support/needs.ts";
import { temporaryDirectory } from "../support/temporary.ts";
import { succeed, until } from "./command.ts";
import type { LabHost } from "./host.ts";
import { lab, type Lab } from "./lab.ts";
import { roots } from "./roots.ts";
import { isRoot } from "./tools.ts";

setDefaultTimeout(300_000); // the first lab of a machine builds its roots
const test = needs(isRoot(), "root for the lab of real hosts");
const project = resolve(import.meta.dir, "../..");
const target = `linux-${process.arch}`;
const URL = "http://127.0.0.1:8000";

const dir = temporaryDirectory();
let hosts: Lab;
let online: LabHost;
let alone: LabHost;

/** A release, a workflow and its configuration on the first host; nothing at all on the second. */
beforeAll(async () => {
  if (!isRoot()) return;
  await succeed(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", join(dir.path, "key")]);
  const flags = [
    "--plain",
    "--target",
    target,
    "--base-url",
    URL,
    "--outdir",
    dir.path,
    "--sign",
    join(dir.path, "key"),
  ];
  const release = ["scripts/release.ts", ...flags];
  await succeed([process.execPath, ...release]);
  hosts = await lab(2);
  const [first, second] = hosts.hosts;
  if (first === undefined || second === undefined) throw new Error("two hosts were asked for");
  [online, alone] = [first, second];
  const version = readFileSync(join(dir.path, "latest"), "utf8").trim();
  const files = [
    "install.sh",
    "latest",
    `${version}/SHA256SUMS`,
    `${version}/SHA256SUMS.sig`,
    `${version}/sloth-runner-${target}`,
  ];
  for (const file of files) await online.copyIn(join(dir.path, file), `/srv/release/${file}`);
  await online.copyIn("/bin/busybox", "/srv/busybox");
  await online.shell("/srv/busybox httpd -p 127.0.0.1:8000 -h /srv/release");
  const readme = readFileSync(join(project, "README.md"), "utf8");
  await online.write("/srv/web-server.lua", /^```lua web-server\.lua\n(.*?)^```$/ms.exec(readme)?.[1] ?? "");
  await online.write("/configs/nginx.conf", "events {}\nhttp { server { listen 80; } }\n");
});
afterAll(async () => {
  await hosts?.[Symbol.asyncDispose]();
  dir[Symbol.dispose]();
});

test("installs by one line, without any other network, and the guide's example runs", async () => {
  await online.shell(`curl -fsSL ${URL}/install.sh | sh`);
  const key = readFileSync(join(dir.path, "key.pub"), "utf8").trim();
  await online.shell(`curl -fsSL ${URL}/install.sh | sh -s -- --key '${key}' --completions`);
  expect(await online.read("/usr/local/share/bash-completion/completions/sloth-runner")).toContain("sloth_runner");
  expect(await online.succeed(["which", "sloth-runner"])).toBe("/usr/local/bin/sloth-runner\n");
  const start = () => online.succeed(["sloth-runner", "run", "/srv/web-server.lua"]);
  const said = await start();
  for (const line of ["✓ nginx installed", "✓ nginx.conf updated", "✓ nginx already running and enabled"])
    expect(said).toContain(line);
  expect(await start()).toMatch(/^3 resources: 3 unchanged/m);
});

test("a flipped byte in the download is refused", async () => {
  await online.shell(
    `cp -r /srv/release /srv/damaged; printf x | dd of=$(ls /srv/damaged/*/sloth-runner-*) bs=1 seek=5000 conv=notrunc status=none`,
  );
  const damaged = await online.exec(["sh", "/srv/damaged/install.sh", "--from", "/srv/damaged", "--dir", "/opt/x"]);
  expect(damaged).toMatchObject({ exitCode: 1, stdout: "" });
  expect(damaged.stderr).toContain("its SHA-256 is not the one in SHA256SUMS; nothing was installed");
});

test("a bundle brings a host without network and without sloth-runner to the same state", async () => {
  const debs = (await roots()).downloads;
  const wanted = readdirSync(debs).filter((name) => /^(nginx|nginx-common)_/.test(name));
  for (const name of wanted) await online.copyIn(join(debs, name), `/srv/${name}`);
  const packages = wanted.flatMap((name) => ["--package", `/srv/${name}`]);
  await online.succeed(["sloth-runner", "bundle", "/srv/web-server.lua", "-o", "/srv/site.run", ...packages]);
  const site = join(dir.path, "site.run");
  await Bun.write(site, await new Response(Bun.spawn([...online.argv(["cat", "/srv/site.run"])]).stdout).bytes());
  await alone.shell("rm /etc/apt/sources.list; rm -rf /var/lib/apt/lists/*; ! ip route show default | grep .");
  await alone.write("/root/site.run", Bun.file(site), "755");

  expect(await alone.succeed(["/root/site.run", "list"])).toContain("/configs/nginx.conf");
  expect(await alone.succeed(["/root/site.run", "plan"])).toContain("1 would be created");
  expect(await alone.succeed(["/root/site.run", "run"])).toContain("✓ nginx installed");
  expect(await alone.succeed(["/root/site.run", "run"])).toMatch(/^3 resources: 3 unchanged/m);
  const look = `cat /etc/nginx/nginx.conf; dpkg-query --show 'nginx*'; systemctl is-active nginx; systemctl is-enabled nginx`;
  expect(await alone.shell(look)).toBe(await online.shell(look));
  const kept = (program: string) => [program, "stack", "resources", "web-server-setup", "--output", "json"];
  expect(namesAndStates(await alone.succeed(kept("/root/site.run")))).toEqual(
    namesAndStates(await online.succeed(kept("sloth-runner"))),
  );
  expect(await alone.shell("ls /tmp")).not.toContain("sloth-runner");
});

test("a schedule runs the workflow, looks for drift, and says so when it fails", async () => {
  const sloth = (...argv: string[]) => online.succeed(["sloth-runner", ...argv]);
  await sloth("schedule", "add", "/srv/web-server.lua", "--every", "1h");
  await sloth("schedule", "add", "/srv/web-server.lua", "--every", "1d", "--drift-only");
  expect(await sloth("schedule", "list")).toMatch(/web-server-setup +1h +run .*\nweb-server-setup-drift +1d +drift/);
  const unit = (name: string) => `sloth-runner-web-server-setup${name}`;
  for (const name of ["", "-drift"])
    expect(await online.succeed(["systemctl", "is-active", unit(`${name}.timer`)])).toBe("active\n");

  const runs = async () =>
    JSON.parse(await sloth("stack", "history", "web-server-setup", "--output", "json")).runs.length;
  const before = await runs();
  await online.succeed(["systemctl", "start", unit(".service")]);
  expect(await runs()).toBe(before + 1);
  await online.succeed(["systemctl", "start", unit("-drift.service")]);

  await online.shell("echo '# by hand' >> /etc/nginx/nginx.conf");
  expect(await online.exec(["systemctl", "start", unit("-drift.service")])).toMatchObject({ exitCode: 1 });
  const errors = "journalctl --sync; journalctl --priority 3 --output cat --identifier sloth-runner";
  const failed = `${unit("-drift")} failed;`;
  await until(
    "the line in the journal",
    60_000,
    async () => (await online.shell(errors)).includes(failed) || undefined,
  );
  expect(await sloth("stack", "resources", "web-server-setup", "--state", "drift")).toContain(
    "file:/etc/nginx/nginx.conf",
  );

  await sloth("schedule", "remove", "web-server-setup");
  await sloth("schedule", "remove", "web-server-setup-drift");
  expect(await sloth("schedule", "list")).toBe("no schedules\n");
  expect(await online.shell("ls /etc/systemd/system")).not.toContain("web-server-setup");
});

interface Kept {
  readonly resources: readonly { readonly address: string; readonly state: string }[];
}

function namesAndStates(document: string): readonly string[] {
  const { resources }: Kept = JSON.parse(document);
  return resources.map(({ address, state }) => `${address} ${state}`);
}
