import { afterAll, beforeAll, expect, setDefaultTimeout } from "bun:test";
import { needs } from "../support/needs.ts";
import { converge, errorOf, installAgent, type Call } from "./declare-on.ts";
import type { LabHost } from "./host.ts";
import { labOfOne, type Lab } from "./lab.ts";
import { isRoot } from "./tools.ts";

setDefaultTimeout(300_000); // the first lab of a machine builds its roots
const test = needs(isRoot(), "root for the lab of real hosts");

let hosts: Lab;
let host: LabHost;
beforeAll(async () => {
  if (!isRoot()) return;
  [hosts, host] = await labOfOne();
  await installAgent(host);
});
afterAll(async () => hosts?.[Symbol.asyncDispose]());

const ensure = (name: string, state: string, enabled: boolean): Call => ({
  type: "service.ensure",
  props: { name, state, enabled },
});

test("by systemd, a unit of its own and an init script alike", async () => {
  const unit = "[Service]\nExecStart=/bin/sleep 1000\n[Install]\nWantedBy=multi-user.target\n";
  await host.write("/usr/lib/systemd/system/native.service", unit);
  await host.write("/etc/init.d/scripted", SCRIPT.replaceAll("NAME", "scripted"));
  await host.shell("chmod 755 /etc/init.d/scripted; systemctl daemon-reload");
  const look = (): Promise<string> =>
    host.shell("systemctl is-active native scripted || true; find /etc/systemd/system /etc/rc?.d | sort");
  for (const name of ["native", "scripted"]) {
    expect(await converge(host, look, [ensure(name, "started", true)])).toEqual([["running", "enabled"]]);
    expect(await converge(host, look, [ensure(name, "stopped", false)])).toEqual([["running", "enabled"]]);
  }
  expect(await errorOf(host, { type: "service.enable", props: { name: "nativ" } })).toContain("did you mean 'native'?");
});

test("by init scripts and Debian's update-rc.d, where systemd is not", async () => {
  const root = "/var/lib/sysv";
  await host.shell(`mkdir -p ${root}/etc; for d in bin lib lib64 sbin usr; do mkdir -p ${root}/$d; mount --rbind /$d ${root}/$d; done
    cp -a /etc/. ${root}/etc; touch ${root}/etc/inittab
    mkdir -p ${root}/proc ${root}/run ${root}/tmp ${root}/dev; mount -t proc proc ${root}/proc; mount --rbind /dev ${root}/dev
    rm -f ${root}/etc/rc?.d/*web`);
  await host.write(`${root}/etc/init.d/web`, SCRIPT.replaceAll("NAME", "web"));
  await host.shell(`chmod 755 ${root}/etc/init.d/web`);
  const look = (): Promise<string> => host.shell(`ls ${root}/run ${root}/etc/rc?.d`);
  const there = (call: Call) => converge(host, look, [call], { chroot: root });
  expect(await there(ensure("web", "started", true))).toEqual([["running", "enabled"]]);
  expect(await host.shell(`ls ${root}/run/web ${root}/etc/rc3.d | grep web`)).toContain("web");
  await host.shell(`rm ${root}/run/web`);
  expect(await there(ensure("web", "started", true))).toEqual([["running"]]);
  expect(await there({ type: "service.disable", props: { name: "web" } })).toEqual([["enabled"]]);
  expect(await there({ type: "service.enable", props: { name: "web" } })).toEqual([["enabled"]]);
  expect(await there(ensure("web", "stopped", false))).toEqual([["running", "enabled"]]);
});

const SCRIPT = `#!/bin/sh
### BEGIN INIT INFO
# Provides: NAME
# Required-Start: $remote_fs
# Required-Stop: $remote_fs
# Default-Start: 2 3 4 5
# Default-Stop: 0 1 6
# Short-Description: of the lab
### END INIT INFO
case $1 in
start|restart|reload) touch /run/NAME ;;
stop) rm -f /run/NAME ;;
status) test -e /run/NAME || exit 3 ;;
esac
`;
