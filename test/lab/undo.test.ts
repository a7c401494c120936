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

test("a group and its user of one name are made and destroyed together", async () => {
  const before = await host.shell("cat /etc/passwd /etc/group");
  await run(
    'workflow{ name = "own" }\ngroup.create{ name = "app" }\nuser.create{ name = "app", group = "app", create_home = false }',
  );
  await host.succeed(["/root/sloth-runner", "stack", "destroy", "own", "--yes"]);
  expect(await host.shell("cat /etc/passwd /etc/group")).toBe(before);
}, 120_000);

test("a user who was deleted comes back with all that is known, locked, and it is said what is gone", async () => {
  await host.shell(
    "useradd -m -u 2500 -s /bin/bash -c Gus gus; echo gus:secret | chpasswd; echo mine > /home/gus/file",
  );
  const before = await host.shell("getent passwd gus; id -Gn gus");
  await run('workflow{ name = "gone" }\nuser.delete{ name = "gus", remove_home = true }');
  const { stdout, stderr } = await host.exec(["/root/sloth-runner", "stack", "destroy", "gone", "--yes"]);
  expect(stdout + stderr).toContain("the password is not in the record, so it is locked until it is given one");
  expect(stdout + stderr).toContain("what was in the home directory is not in the record");
  expect(await host.shell("getent passwd gus; id -Gn gus")).toBe(before);
  expect(await host.shell("passwd -S gus | cut -d' ' -f2; stat -c %U /home/gus")).toBe("L\ngus\n");
  await host.shell("userdel -r gus");
}, 120_000);

test("what others add to a list is no drift, and stays when the stack goes", async () => {
  await host.shell("groupadd ours; groupadd theirs; useradd -m ivy");
  await run('workflow{ name = "adds" }\nuser.ensure{ name = "ivy", groups = {"ours"}, append = true }');
  await host.shell("gpasswd -a ivy theirs");
  const stack = (...words: readonly string[]) => host.exec(["/root/sloth-runner", "stack", ...words]);
  expect(await stack("drift", "adds", "--detailed-exitcode")).toMatchObject({ exitCode: 0 });
  await host.shell("gpasswd -d ivy ours");
  expect(await stack("drift", "adds", "--detailed-exitcode")).toMatchObject({ exitCode: 2 });
  expect(await stack("drift", "adds", "--fix", "--yes")).toMatchObject({ exitCode: 0 });
  expect(await host.shell("id -Gn ivy")).toBe("ivy ours theirs\n");
  const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl ours";
  await run(
    `workflow{ name = "adds" }\nuser.ensure{ name = "ivy", groups = {"ours"}, authorized_keys = {"${key}"}, append = true }`,
  );
  expect(await host.shell("cat /home/ivy/.ssh/authorized_keys")).toContain("ours");
  expect(await stack("destroy", "adds", "--yes")).toMatchObject({ exitCode: 0 });
  expect(await host.shell("id -Gn ivy")).toBe("ivy theirs\n");
  expect(await host.shell("cat /home/ivy/.ssh/authorized_keys 2>/dev/null || true")).not.toContain("ours");
}, 120_000);

test("what user.create states is no drift; that the user is gone is, and can be put back", async () => {
  await run('workflow{ name = "made" }\nuser.create{ name = "kai", shell = "/bin/bash", groups = {"audio"} }');
  await host.shell("usermod -s /bin/sh kai");
  const stack = (...words: readonly string[]) => host.exec(["/root/sloth-runner", "stack", ...words]);
  expect(await stack("drift", "made", "--detailed-exitcode")).toMatchObject({ exitCode: 0 });
  await host.shell("userdel kai");
  expect(await stack("drift", "made", "--fix", "--yes")).toMatchObject({ exitCode: 0 });
  expect(await host.shell("getent passwd kai | cut -d: -f7; id -Gn kai")).toBe("/bin/bash\nkai audio\n");
  expect(await stack("destroy", "made", "--yes")).toMatchObject({ exitCode: 0 });
}, 120_000);

const SLEEP = "[Service]\\nExecStart=/bin/sleep 1000\\n[Install]\\nWantedBy=multi-user.target\\n";
const sloth = (...words: readonly string[]) => host.exec(["/root/sloth-runner", "stack", ...words]);

test("a unit file over a shipped one goes, and the service goes on, enabled as before", async () => {
  await host.shell(
    `printf '${SLEEP}' > /usr/lib/systemd/system/shipped.service; systemctl daemon-reload; systemctl -q enable --now shipped`,
  );
  const look =
    "systemctl is-active shipped; systemctl is-enabled shipped; ls /etc/systemd/system/*.wants/shipped.service; systemctl show shipped -p NeedDaemonReload,MainPID,FragmentPath";
  const before = await host.shell(look);
  await run(`workflow{ name = "over" }\nsystemd.unit{ name = "shipped.service", content = "${SLEEP}# ours\\n" }`);
  expect(await sloth("destroy", "over", "--yes")).toMatchObject({ exitCode: 0 });
  expect(await host.shell(look)).toBe(before);
  await host.shell(
    "systemctl disable -q --now shipped; rm /usr/lib/systemd/system/shipped.service; systemctl daemon-reload",
  );
}, 120_000);

test("a template goes with its instances, and a drop-in with its directory", async () => {
  const before = await host.shell("find /etc/systemd | sort");
  await run(`workflow{ name = "parts" }
systemd.unit{ name = "t@.service", content = "${SLEEP}" }
systemd.start{ name = "t@1" }
systemd.unit{ name = "t@.service.d/more.conf", content = "[Service]\\nNice=5\\n" }
systemd.mask{ name = "not-installed" }`);
  expect(await sloth("destroy", "parts", "--yes")).toMatchObject({ exitCode: 0 });
  expect(await host.shell("find /etc/systemd | sort")).toBe(before);
  expect((await host.exec(["systemctl", "is-active", "t@1"])).stdout).toBe("inactive\n");
}, 120_000);

test("rollback to before a unit was there, and to what its file said, which systemd then reads", async () => {
  const site = (more: string): string =>
    `workflow{ name = "back" }\nfile_ops.copy{ dest = "/srv/back", content = "1" }\n${more}`;
  const unit = (nice: number): string =>
    `systemd.unit{ name = "v3.service", content = "${SLEEP}[Service]\\nNice=${nice}\\n" }\nsystemd.ensure{ name = "v3", state = "started", enabled = true }`;
  await run(site(""));
  await run(site(unit(5)));
  await run(site(unit(6)));
  const look = "systemctl show v3 -p Nice,NeedDaemonReload,ActiveState,UnitFileState,LoadState";
  expect(await sloth("rollback", "back", "--to", "2", "--yes")).toMatchObject({ exitCode: 0 });
  expect((await host.shell(look)).split("\n").toSorted().join(" ")).toContain(
    "NeedDaemonReload=no Nice=5 UnitFileState=enabled",
  );
  expect(await sloth("rollback", "back", "--to", "1", "--yes")).toMatchObject({ exitCode: 0 });
  expect(await host.shell(look)).toContain("LoadState=not-found");
  expect(await sloth("destroy", "back", "--yes")).toMatchObject({ exitCode: 0 });
}, 120_000);

test("a unit that is not there and shall be stopped is no drift", async () => {
  await run('workflow{ name = "none" }\nsystemd.ensure{ name = "neverthere", state = "stopped", enabled = false }');
  expect(await sloth("drift", "none", "--detailed-exitcode")).toMatchObject({ exitCode: 0 });
  expect(await sloth("destroy", "none", "--yes")).toMatchObject({ exitCode: 0 });
}, 120_000);
