import { afterAll, beforeAll, describe, expect, setDefaultTimeout } from "bun:test";
import { needs } from "../support/needs.ts";
import { run } from "./command.ts";
import type { LabHost } from "./host.ts";
import { labOfOne, type Lab } from "./lab.ts";
import { connects } from "./network.ts";
import { installProgram } from "./program.ts";
import { isRoot } from "./tools.ts";

setDefaultTimeout(300_000); // the first lab of a machine builds its roots
const test = needs(isRoot(), "root for the lab of real hosts");

let hosts: Lab;
let host: LabHost;
beforeAll(async () => {
  if (!isRoot()) return;
  [hosts, host] = await labOfOne("firewalls");
  await installProgram(host);
  await host.shell(`rm /etc/systemd/system/firewalld.service; systemctl daemon-reload
    for port in 8080 8081 9090; do systemd-run -q --unit=listen-$port systemd-socket-activate -l $port -a --inetd cat; done`);
});
afterAll(async () => hosts?.[Symbol.asyncDispose]());

const workflow = (backend: string): string => `
workflow{ name = "${backend}" }
firewall.rule{ proto = "tcp", port = 22, backend = "${backend}" }
firewall.rule{ proto = "tcp", port = { 8080, 8081 }, from = values.from, backend = "${backend}" }
firewall.rule{ action = "reject", proto = "tcp", port = 8081, first = true, backend = "${backend}" }
firewall.policy{ incoming = "reject", backend = "${backend}" }
firewall.enabled{ backend = "${backend}" }
`;

/** Which ports answer to us, who are on the other side; what is rejected says so at once. */
async function open(): Promise<readonly number[]> {
  const ports = [22, 8080, 8081, 9090];
  const answers = await Promise.all(ports.map((port) => connects(host.address, port).catch(() => false)));
  return ports.filter((_, index) => answers[index]);
}

/** Takes something away behind our back. */
const BY_HAND: { readonly [backend: string]: string } = {
  nftables:
    "nft delete rule inet sloth_runner input handle $(nft -a list table inet sloth_runner | sed -n 's/.*allow in tcp 8080.* handle //p')",
  ufw: `ufw delete allow proto tcp from FROM to any port 8080,8081`,
  firewalld: `firewall-cmd -q --permanent --remove-rich-rule='rule family="ipv4" source address="FROM" port port="8080" protocol="tcp" accept'`,
};

/** Not what the tools leave of themselves: the empty tables of iptables, the file of a zone that is as it came. */
const LOOK =
  "cat /etc/nftables-* /etc/ufw/ufw.conf /etc/default/ufw 2>/dev/null || true; firewall-offline-cmd --list-all-zones; ufw show added; nft list tables | grep -v ' filter$' || true; ls /etc/systemd/system || true";

/** A zone of firewalld rejects by itself. */
const POLICY = { nftables: "2 ", ufw: "2 ", firewalld: "1 " } as const;

describe.each(["nftables", "ufw", "firewalld"] as const)("%s", (backend) => {
  test("keeps out whom no rule lets in, is left alone then, put right, and taken back", async () => {
    const from = host.address.replace(/\.\d+$/, ".0/24");
    const sloth = (...words: readonly string[]) => host.exec(["sloth-runner", ...words, "--db", `/root/${backend}.db`]);
    const start = (command: string) => sloth(command, "/root/fw.lua", "--set", `from=${from}`);
    await host.write("/root/fw.lua", workflow(backend));
    const before = await host.shell(LOOK);
    expect(await open()).toEqual([22, 8080, 8081, 9090]);

    expect(await start("plan")).toMatchObject({
      stdout: expect.stringContaining(`3 would be created, ${POLICY[backend]}would be updated`),
    });
    expect(await host.shell(LOOK)).toBe(before);
    expect(await start("run")).toMatchObject({
      stdout: expect.stringContaining(`3 created, ${POLICY[backend]}updated`),
    });
    expect(await open()).toEqual([22, 8080]);
    expect(await start("run")).toMatchObject({ stdout: expect.stringContaining("5 resources: 5 unchanged") });

    await host.shell((BY_HAND[backend] ?? "false").replace("FROM", from));
    expect(await sloth("stack", "drift", backend)).toMatchObject({ stdout: expect.stringContaining("4 as left, 1 ") });
    expect(await sloth("stack", "drift", backend, "--fix", "--yes")).toMatchObject({ exitCode: 0 });
    expect(await open()).toEqual([22, 8080]);

    const destroyed = await sloth("stack", "destroy", backend, "--yes");
    expect(destroyed).toMatchObject({ exitCode: 0 });
    expect(await open()).toEqual([22, 8080, 8081, 9090]);
    expect(await host.shell(LOOK)).toBe(before);
  });
});

test("who came by ssh, over sudo too, is not cut off", async () => {
  const cut =
    'workflow{ name = "cut" }\nfirewall.enabled{ backend = "nftables" }\nfirewall.policy{ incoming = "reject", backend = "nftables" }\n';
  await host.write("/root/cut.lua", cut);
  const sloth = (words: string) =>
    run(["ssh", "-F", hosts.sshConfig, host.name, `sudo sloth-runner ${words} --db /root/cut.db`]);
  for (const command of ["plan", "run"])
    expect(await sloth(`${command} /root/cut.lua`)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("this would cut off 10."),
    });
  expect(await open()).toEqual([22, 8080, 8081, 9090]);
  expect(await sloth("stack destroy cut --yes")).toMatchObject({ exitCode: 0 });
});
