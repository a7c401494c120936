import { afterAll, beforeAll, setDefaultTimeout } from "bun:test";
import { typesOf } from "../../src/engine/undo/find-drift.ts";
import { modules } from "../../src/modules/registry.ts";
import { conforms, keepsSecrets } from "../conformance/conform.ts";
import { hostCases } from "../conformance/host-cases.ts";
import type { Machine } from "../conformance/machine.ts";
import { needs } from "../support/needs.ts";
import type { LabHost } from "./host.ts";
import { labOfOne, type Lab } from "./lab.ts";
import { installProgram } from "./program.ts";
import { isRoot } from "./tools.ts";

setDefaultTimeout(300_000); // the first lab of a machine builds its roots
const test = needs(isRoot(), "root for the lab of real hosts");

let hosts: Lab;
let host: LabHost;
beforeAll(async () => {
  if (!isRoot()) return;
  [hosts, host] = await labOfOne();
  await installProgram(host);
});
afterAll(async () => hosts?.[Symbol.asyncDispose]());

/** Accounts, packages, units and what enables or masks them; shadow without the day a password was changed. */
const LOOK = `
cat /etc/passwd /etc/group; cut -d: -f1,2,4- /etc/shadow; find /home -printf '%p %m %u %g %l\\n' | sort
cat /home/*/.ssh/authorized_keys 2>/dev/null || true
find /etc/apt -printf '%p %m %u %g %l\\n' | sort; cat /etc/apt/sources.list.d/* /etc/apt/keyrings/* /etc/apt/preferences.d/* 2>/dev/null || true
find /etc/modprobe.d /etc/modules-load.d /etc/default -printf '%p %m %u %g %l\\n' | sort; cat /etc/modprobe.d/conf* /etc/modules-load.d/conf* /etc/default/locale 2>/dev/null || true
cat /var/lib/dpkg/alternatives/conf /var/lib/dpkg/diversions 2>/dev/null || true; ls -l /etc/alternatives/conf* /etc/conf-* 2>/dev/null | sed 's/.* //' || true
dpkg-query -W -f '\${Package} \${Version} \${Status}\\n'
systemctl list-units --all --plain --no-legend --full | awk '{print $1, $2, $3, $4}' | grep -e '^ensured' -e '^made' -e '^ticking' | sort || true
find /etc/systemd /usr/lib/systemd/system /etc/tmpfiles.d /etc/sysusers.d -printf '%p %m %u %g %l\\n' | sort; cat /etc/systemd/system/*.service /etc/systemd/system/*.timer 2>/dev/null || true
nft list ruleset; cat /etc/nftables-* 2>/dev/null || true`;

let made = 0;
const machine: Machine = {
  directory: () => Promise.resolve(`/root/conformance-${++made}`),
  async sloth(words) {
    const { exitCode, stdout, stderr } = await host.exec(["sloth-runner", ...words]);
    return { code: exitCode, stdout, stderr };
  },
  shell: (script) => host.shell(script),
  write: (path, text) => host.write(path, text),
  look: () => host.shell(LOOK),
};

const types = typesOf(modules);
for (const [name, one] of Object.entries(hostCases)) {
  const type = types.get(name);
  if (type === undefined) throw new Error(`there is no ${name}`);
  if (one.arrived !== undefined)
    for (const how of ["sensitive", "secret"] as const)
      test(`${name}: what is ${how} is seen nowhere`, async () => {
        await keepsSecrets(type, one, machine, how);
        await host.shell(one.away ?? "true");
      });
  test(`${name}: plan is the truth, a run does that once, and puts back what was changed by hand`, async () => {
    await conforms(type, one, machine);
    await host.shell(one.away ?? "true");
  });
}
