import { afterAll, beforeAll, expect, setDefaultTimeout } from "bun:test";
import { join, resolve } from "node:path";
import { needs } from "../support/needs.ts";
import type { LabHost } from "./host.ts";
import { labOfOne, type Lab } from "./lab.ts";
import { installProgram } from "./program.ts";
import { isRoot } from "./tools.ts";

setDefaultTimeout(600_000); // the first lab of a machine builds its roots
const test = needs(isRoot(), "root for the lab of real hosts");
const example = resolve(import.meta.dir, "../../examples/hardened-server");

let hosts: Lab;
let host: LabHost;
beforeAll(async () => {
  if (!isRoot()) return;
  [hosts, host] = await labOfOne();
  await installProgram(host);
  for (const name of ["sloth.lua", "keys/ana.pub", "keys/ben.pub"])
    await host.copyIn(join(example, name), `/root/server/${name}`);
  await host.write("/root/server/values.json", JSON.stringify(VALUES));
  await host.shell("ln -sfn /srv/repo /srv/packages; apt-get update -qq");
});
afterAll(async () => hosts?.[Symbol.asyncDispose]());

/** What the lab has in place of the world. */
const VALUES = {
  name: "hard-1",
  inside: "10.213.0.0/16",
  repository: {
    name: "internal",
    uris: "file:/srv/packages/deb",
    suites: "lab",
    components: "main",
    options: { Trusted: "yes" },
  },
  packages: [{ name: "lab-plain", version: "1.0" }],
};

/** Every file of the system, what is installed and in force. Copies that the tools of accounts and of ldconfig make are nobody's. */
const LOOK = `find /etc /home /opt /root/.ssh /srv /usr/local /usr/lib/systemd /var/lib/systemd /var/spool -xdev \\
    \\( -path /srv/repo -o -path /var/lib/systemd/random-seed -o -path /home/ana -o -path /home/ben \\) -prune -o \\
    ! -name '*-' ! -name .pwd.lock ! -name ld.so.cache \\
    \\( -type d -printf '%p %m %U:%G\\n' -o -type l -printf '%p -> %l %U:%G\\n' -o -printf '%p %m %U:%G ' -exec sha256sum -b {} \\; \\) | sort
  dpkg-query -W -f '\${Package} \${Version} \${Status}\\n'; apt-mark showhold; apt-mark showmanual
  hostname; cat /proc/sys/net/ipv4/conf/all/*redirects /proc/sys/net/ipv4/conf/all/rp_filter /proc/sys/net/ipv6/conf/all/accept_redirects
  findmnt -rn -o TARGET,FSTYPE,OPTIONS /srv/upload || true
  nft list ruleset 2>/dev/null || true; systemctl list-timers --all --no-legend --plain | awk '{print $(NF-1)}' | sort; systemctl is-enabled ssh`;

/** A change by hand to one thing of each kind, and what drift then says of it. */
const BY_HAND: readonly (readonly [address: string, sh: string])[] = [
  ["hostname:hostname", "hostname other"],
  ["hosts_entry:/etc/hosts: hard-1", "sed -i /hard-1/d /etc/hosts"],
  ["timezone:timezone", "ln -sf /usr/share/zoneinfo/Etc/UTC /etc/localtime"],
  ["repository:internal", "sed -i 's/^Suites: lab/Suites: other/' /etc/apt/sources.list.d/internal.sources"],
  ["hold:lab-plain", "apt-mark unhold lab-plain"],
  ["group:admins", "groupmod -g 2201 admins"],
  ["user:ana", "usermod -s /bin/sh ana"],
  [
    "authorized_key:/home/ana/.ssh/authorized_keys: all keys",
    "cat /home/ben/.ssh/authorized_keys >> /home/ana/.ssh/authorized_keys",
  ],
  ["file:/etc/sudoers.d/admins", "echo 'ana ALL=ALL' > /etc/sudoers.d/admins"],
  ["limit:/etc/security/limits.conf: * hard core", "sed -i '/^[*].*core/d' /etc/security/limits.conf"],
  [
    "file:/etc/ssh/sshd_config.d/hardened.conf",
    "echo 'PasswordAuthentication yes' > /etc/ssh/sshd_config.d/hardened.conf",
  ],
  ["firewall_rule:in tcp 22 from 10.213.0.0/16 to any", "nft flush chain inet sloth_runner input"],
  ["firewall_policy:policy", "nft chain inet sloth_runner forward '{ policy accept; }'"],
  [
    "sysctl:/etc/sysctl.d/99-sloth-runner.conf: net.ipv4.conf.all.rp_filter",
    "sysctl -q -w net.ipv4.conf.all.rp_filter=0",
  ],
  ["mount:/srv/upload", "mount -o remount,suid /srv/upload"],
  ["timer:disk-report", "systemctl stop disk-report.timer"],
];

interface Change {
  readonly address: string;
  readonly action: string;
  readonly changes: readonly unknown[];
}

interface Told {
  readonly address: string;
  readonly outcome: { readonly action: string; readonly changed: boolean; readonly changes: readonly unknown[] };
}

const sloth = (...words: readonly string[]) => host.exec(["sloth-runner", ...words, "--db", "/root/server.db"]);

async function told(command: "plan" | "run"): Promise<readonly Change[]> {
  const { exitCode, stdout, stderr } = await sloth(
    command,
    "/root/server/sloth.lua",
    "--values",
    "/root/server/values.json",
    "--output",
    "json",
  );
  const lines = stdout.trim().split("\n");
  const failed = lines.filter((line) => /"type":"resource_failed"|"result":"failed"/.test(line));
  expect({ exitCode, failed, stderr }).toEqual({ exitCode: 0, failed: [], stderr: "" });
  const events = lines.map((line) => JSON.parse(line) as Told & { readonly type: string });
  const done = events.filter(({ type, outcome }) => type === "resource_done" && outcome.changed);
  return done.map(({ address, outcome: { action, changes } }) => ({ address, action, changes }));
}

test("a hardened server is planned as it is made, stays so over a reboot, is looked after without its workflow, and taken back", async () => {
  const before = await host.shell(LOOK);
  const planned = await told("plan");
  expect(await host.shell(LOOK)).toBe(before);
  expect(await told("run")).toEqual(planned);
  expect(planned.length).toBeGreaterThan(20);
  expect(await told("run")).toEqual([]);
  const made = await host.shell(LOOK);

  expect(await host.shell("sudo -l -U ana | tail -n 1; sshd -T | grep -i ^passwordauthentication")).toMatch(
    /\(ALL\) NOPASSWD: ALL\npasswordauthentication no\n$/,
  );
  host = await hosts.reboot(host);
  expect(await told("run")).toEqual([]);
  expect(await host.shell(LOOK)).toBe(made);

  for (const [, sh] of BY_HAND) await host.shell(sh);
  await host.shell("mv /root/server /root/away");
  const drift = JSON.parse((await sloth("stack", "drift", "hardened-server", "--output", "json")).stdout) as {
    readonly resources: readonly { readonly address: string; readonly kind: string }[];
  };
  const drifted = drift.resources.filter(({ kind }) => kind !== "ok").map(({ address }) => address);
  expect(drifted).toEqual(expect.arrayContaining(BY_HAND.map(([address]) => address)));
  expect(await sloth("stack", "drift", "hardened-server", "--fix", "--yes")).toMatchObject({ exitCode: 0 });
  await host.shell("mv /root/away /root/server");
  // What was put back is told to the workflow once, so that sshd is loaded anew; nothing of it is left to do.
  expect((await told("run")).filter(({ changes }) => changes.length > 0)).toEqual([]);
  expect(await told("run")).toEqual([]);
  expect(await host.shell(LOOK)).toBe(made);

  const destroyed = await sloth("stack", "destroy", "hardened-server", "--yes");
  expect(destroyed).toMatchObject({ exitCode: 0 });
  expect(await host.shell(LOOK)).toBe(before);
});

test("a key that is made lets its user in, to a host that is known by its fingerprint, and sudo does what its rule says", async () => {
  const lua = `workflow{ name = "login" }
    ssh.keypair{ path = "/root/id_login" }
    user.ensure{ name = "zoe", shell = "/bin/sh", create_home = true }
    ssh.authorized_key{ user = "zoe", key = fs.read("/root/id_login.pub"), options = { "restrict" } }
    ssh.known_host{ name = "127.0.0.1", fingerprint = values.print }
    sudo.rule{ name = "zoe", user = "zoe", commands = { "/usr/bin/id" } }`;
  await host.write("/root/login.lua", lua);
  const print = (await host.shell("ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub | cut -d' ' -f2")).trim();
  const start = (value: string) =>
    host.exec(["sloth-runner", "run", "/root/login.lua", "--set", `print=${value}`, "--db", "/root/login.db"]);

  const wrong = await start(`SHA256:${"A".repeat(43)}`);
  expect(wrong).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("has no key with SHA256:AAAA") });
  expect(await start(print)).toMatchObject({ exitCode: 0 });
  const login = "ssh -i /root/id_login -o BatchMode=yes -o StrictHostKeyChecking=yes zoe@127.0.0.1";
  expect(await host.shell(`${login} sudo -n id -u; ${login} sudo -n true 2>&1 || true`)).toMatch(
    /^0\nsudo: a password is required/,
  );
  const again = await start(print);
  expect(again.stdout).toMatch(/^5 resources: 5 unchanged/m);
});
