import { afterAll, beforeAll, describe, expect, setDefaultTimeout } from "bun:test";
import { needs } from "../support/needs.ts";
import { converge, declareOn, errorOf, installAgent, type Call } from "./declare-on.ts";
import type { LabHost } from "./host.ts";
import { labOfOne, type Lab } from "./lab.ts";
import { isRoot } from "./tools.ts";

setDefaultTimeout(300_000); // the first lab of a machine builds its roots
const test = needs(isRoot(), "root for the lab of real hosts");

const daemon = (command = "exec sleep 1000", more = ""): string =>
  `[Service]\nExecStart=/bin/sh -c '${command}'\n${more}\n[Install]\nWantedBy=multi-user.target\n`;

const UNITS: Readonly<Record<string, string>> = {
  "app.service": daemon(),
  "loop@.service": daemon("exec sleep 100%i"),
  "static.service": "[Service]\nExecStart=/bin/sleep 1000\n",
  "once.service": "[Service]\nType=oneshot\nExecStart=/bin/true\n",
  "stays.service": "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n",
  "fails.service":
    "[Service]\nType=oneshot\nExecStart=/bin/sh -c 'echo reading config; echo no database >&2; exit 3'\n",
  "dies.service":
    "[Service]\nType=notify\nTimeoutStartSec=1\nExecStart=/bin/sh -c 'echo starting slowly; sleep 1000'\n",
  "slow.service":
    "[Service]\nType=notify\nNotifyAccess=all\nExecStart=/bin/sh -c 'sleep 1; systemd-notify --ready; exec sleep 1000'\n",
  "tick.timer": "[Timer]\nOnCalendar=daily\nUnit=once.service\n[Install]\nWantedBy=timers.target\n",
  "door.socket": "[Socket]\nListenStream=/run/door\nService=app.service\n[Install]\nWantedBy=sockets.target\n",
  "named.service": `${daemon()}Alias=other-name.service\n`,
  "also.service": "[Service]\nExecStart=/bin/sleep 1000\n[Install]\nAlso=tick.timer\n",
};

let hosts: Lab;
let host: LabHost;
beforeAll(async () => {
  if (!isRoot()) return;
  [hosts, host] = await labOfOne();
  await Promise.all([
    installAgent(host),
    ...Object.entries(UNITS).map(([name, text]) => host.write(`/lib/systemd/system/${name}`, text)),
  ]);
  await host.shell("systemctl daemon-reload");
});
afterAll(async () => hosts?.[Symbol.asyncDispose]());

/** All that units are and all links that enable or mask them. */
const look = (): Promise<string> =>
  host.shell(
    "systemctl list-units --all --plain --no-legend --full | awk '{print $1, $2, $3, $4}' | grep -v -e '\\.device ' -e '^tmp' | sort; find /etc/systemd /run/systemd/system | sort; cat /etc/systemd/system/*.service 2>/dev/null || true",
  );
const converges = (...calls: readonly Call[]) => converge(host, look, calls);
const ensure = (props: Call["props"]) => converges({ type: "systemd.ensure", props });
const fails = (type: string, props: Call["props"]) => errorOf(host, { type, props });
const sh = (script: string): Promise<string> => host.shell(script);

describe("a unit is kept", () => {
  test("started and enabled, then stopped and disabled, each seen when it is changed by hand", async () => {
    expect(await ensure({ name: "app", state: "started", enabled: true })).toEqual([["active", "enabled"]]);
    expect(await sh("systemctl is-active app; systemctl is-enabled app")).toBe("active\nenabled\n");
    await sh("systemctl stop app");
    expect(await ensure({ name: "app", state: "started", enabled: true })).toEqual([["active"]]);
    await sh("systemctl kill -s KILL app; sleep 0.2"); // failed
    expect(await ensure({ name: "app.service", state: "started" })).toEqual([["active"]]);
    await sh("systemctl disable app 2>&1");
    expect(await ensure({ name: "app", enabled: true })).toEqual([["enabled"]]);
    expect(await ensure({ name: "app", state: "stopped", enabled: false })).toEqual([["active", "enabled"]]);
    await sh("systemctl enable --runtime app 2>&1");
    expect(await ensure({ name: "app", enabled: false })).toEqual([["enabled"]]);
  });

  test("masked and not", async () => {
    await sh("systemctl start app");
    expect(await ensure({ name: "app", state: "stopped", masked: true })).toEqual([["active", "masked"]]);
    expect(await fails("systemd.ensure", { name: "app", state: "started" })).toContain(
      "app.service is masked; masked = false",
    );
    expect(await fails("systemd.start", { name: "app" })).toContain("masked");
    expect(await ensure({ name: "app", state: "started", enabled: true, masked: false })).toEqual([
      ["active", "enabled", "masked"],
    ]);
    expect(await ensure({ name: "not-there", masked: true })).toEqual([["masked"]]);
    await sh("systemctl unmask not-there 2>&1; systemctl stop app; systemctl disable app 2>&1");
  });

  test("by the short verbs", async () => {
    const calls = ["enable", "disable", "mask", "unmask"].map((verb) => ({
      type: `systemd.${verb}`,
      props: { name: "app" },
    }));
    for (const call of calls) expect(await converges(call)).toEqual([[/mask/.test(call.type) ? "masked" : "enabled"]]);
  });

  test("timers, sockets, instances of templates, and units under another name", async () => {
    for (const name of ["tick.timer", "door.socket", "loop@7.service"]) {
      await ensure({ name, state: "started", enabled: true });
      await ensure({ name, state: "stopped", enabled: false });
    }
    await sh("systemctl enable named 2>&1; systemctl daemon-reload");
    expect(await ensure({ name: "other-name", state: "started", enabled: true })).toEqual([["active"]]);
    expect(await ensure({ name: "other-name", state: "stopped" })).toEqual([["active"]]);
    expect(await converges({ type: "systemd.enable", props: { name: "getty@.service" } })).toEqual([[]]);
  });

  test("that cannot be enabled, or is none of ours", async () => {
    expect(await fails("systemd.enable", { name: "static" })).toContain(
      "static.service cannot be enabled: it is static",
    );
    expect(await ensure({ name: "static", enabled: false })).toEqual([[]]);
    // indirect: systemd takes it for enabled, whether the timer is or not
    expect(await ensure({ name: "also", enabled: true })).toEqual([["enabled"]]);
    expect(await sh("systemctl is-enabled tick.timer")).toBe("enabled\n");
    expect(await ensure({ name: "also", enabled: false })).toEqual([["enabled"]]);
    await sh("systemd-run --unit=passing sleep 1000 2>&1");
    expect(await fails("systemd.enable", { name: "passing" })).toContain(
      "passing.service cannot be enabled: it is transient",
    );
    expect(await ensure({ name: "passing", state: "stopped" })).toEqual([["active"]]);
  });

  test("that is of type oneshot", async () => {
    expect(await ensure({ name: "stays", state: "started" })).toEqual([["active"]]);
    expect(await fails("systemd.ensure", { name: "once", state: "started" })).toContain(
      "it never stays started; use systemd.start",
    );
    expect((await declareOn(host, [{ type: "systemd.start", props: { name: "once" } }]))[0]).toMatchObject({
      changed: true,
    });
  });
});

describe("failures", () => {
  test("quote the unit's last journal lines", async () => {
    for (const type of ["systemd.ensure", "systemd.start", "systemd.restart"]) {
      const props = type === "systemd.ensure" ? { name: "fails", state: "started" } : { name: "fails" };
      const said = await fails(type, props);
      expect(said).toContain("Job for fails.service failed because the control process exited with error code");
      expect(said).toContain("reading config\nno database\n");
      expect(said).toContain("journalctl --unit=fails.service shows more");
    }
    expect(await fails("systemd.start", { name: "dies" })).toContain("starting slowly");
  });

  test("a missing unit is named, with the one that may be meant", async () => {
    expect(await fails("systemd.ensure", { name: "ap", state: "started" })).toContain(
      "there is no unit ap.service on this machine; did you mean 'app.service'?",
    );
    for (const verb of ["start", "restart", "reload", "enable"])
      expect(await fails(`systemd.${verb}`, { name: "not-there" })).toContain("there is no unit not-there.service");
  });

  test("what is not there is stopped, disabled and not masked", async () => {
    expect(await ensure({ name: "not-there", state: "stopped", enabled: false, masked: false })).toEqual([[]]);
    expect(await converges({ type: "systemd.stop", props: { name: "not-there" } })).toEqual([[]]);
  });

  test("what a unit cannot do, and what we may not do", async () => {
    await sh("systemctl start app");
    expect(await fails("systemd.reload", { name: "app" })).toContain("Job type reload is not applicable");
    const [answer] = await declareOn(host, [{ type: "systemd.ensure", props: { name: "app", state: "stopped" } }], {
      as: "nobody",
    });
    expect(answer?.error).toMatch(/systemctl stop app.service is not allowed to us.*run it with sudo/s);
    const props = { name: "made.service", content: daemon() };
    const [written] = await declareOn(host, [{ type: "systemd.unit", props }], { as: "nobody" });
    expect(written?.error).toContain("changing unit files takes root, and we are uid 65534; run it with sudo");
    await sh("systemctl stop app");
  });
});

describe("actions", () => {
  const act = async (verb: string, name: string): Promise<boolean | string> => {
    const [answer] = await declareOn(host, [{ type: `systemd.${verb}`, props: { name } }]);
    return answer?.error ?? answer?.changed ?? "no answer";
  };

  test("start and stop act where there is something to do, restart always", async () => {
    expect([await act("start", "slow"), await act("start", "slow")]).toEqual([true, false]);
    const pid = await sh("systemctl show -p MainPID slow");
    expect(await act("restart", "slow")).toBe(true);
    expect(await sh("systemctl show -p MainPID slow")).not.toBe(pid);
    expect([await act("stop", "slow"), await act("stop", "slow")]).toEqual([true, false]);
  });

  test("a unit file that was changed is read before the unit is started", async () => {
    await sh("systemctl start app; sed -i s/1000/2000/ /lib/systemd/system/app.service");
    expect(await act("restart", "app")).toBe(true);
    expect(await sh("cat /proc/$(systemctl show -p MainPID --value app)/cmdline | tr '\\0' ' '")).toBe("sleep 2000 ");
    expect(await sh("systemctl show -p NeedDaemonReload --value app; systemctl stop app")).toBe("no\n");
  });

  test("status tells what systemd says", async () => {
    const calls = ["tick.timer", "not-there"].map((name) => ({ type: "systemd.status", props: { name } }));
    const [timer, missing] = await declareOn(host, calls);
    expect(timer?.value).toMatchObject({ name: "tick.timer", load: "loaded", active: "inactive", masked: false });
    expect(missing?.value).toBe(null);
  });
});

describe("unit files", () => {
  const unit = (name: string, content: string, more: object = {}): Call => ({
    type: "systemd.unit",
    props: { name, content, ...more },
  });

  test("are written, read by systemd, started, and changed", async () => {
    const started = { type: "systemd.ensure", props: { name: "made", state: "started", enabled: true } };
    expect(await converges(unit("made.service", daemon("exec sleep 3000")), started)).toEqual([
      ["type", "content", "mode", "owner", "group"],
      ["active", "enabled"],
    ]);
    expect(await sh("stat -c '%a %U' /etc/systemd/system/made.service; systemctl is-active made")).toBe(
      "644 root\nactive\n",
    );
    expect(await converges(unit("made.service", daemon("exec sleep 4000")))).toEqual([["content"]]);
    expect(await sh("systemctl show -p NeedDaemonReload --value made")).toBe("no\n");
    await converges(unit("made.service.d/limits.conf", "[Service]\nLimitNOFILE=4096\n"));
    expect(await sh("systemctl show -p LimitNOFILE --value made; systemctl stop made")).toBe("4096\n");
  });

  test("that systemd refuses are not written", async () => {
    const cases: readonly (readonly [string, string, string])[] = [
      ["bad.service", "[Service\nExecStart=/bin/true\n", "Invalid section header"],
      ["bad.service", "[Service]\nExecStart=/no/such/program\n", "/no/such/program is not executable"],
      ["bad.timer", "[Timer]\nOnCalendar=nonsense\n", "calendar specification"],
      ["bad.service", "[Service]\nExecStart=/bin/true\nFoo=1\n", "bad.service:3: Unknown key"],
    ];
    for (const [name, content, words] of cases) {
      const said = await fails("systemd.unit", { name, content });
      expect(said).toContain(words);
      expect(said).not.toContain("/run/");
    }
    expect(await sh("find /etc/systemd /run -name 'bad.*'; ls -d /run/sloth* 2>/dev/null || true")).toBe("");
    const unverified = unit("later.service", "[Service]\nExecStart=/no/such/program\n", { verify: false });
    expect(await converges(unverified)).toEqual([["type", "content", "mode", "owner", "group"]]);
  });
});

test("where systemd does not run, units are enabled and masked, and starting says why it cannot", async () => {
  const root = "/var/lib/chroot";
  await sh(`mkdir -p ${root}; for d in bin etc lib lib64 sbin usr; do mkdir -p ${root}/$d; mount --rbind /$d ${root}/$d; done
    mount -t tmpfs none ${root}/etc/systemd/system; mkdir -p ${root}/proc ${root}/run ${root}/tmp ${root}/dev; mount -t proc proc ${root}/proc; mount --rbind /dev ${root}/dev`);
  const offline = { chroot: root };
  const lookThere = (): Promise<string> => sh(`find ${root}/etc/systemd/system | sort`);
  const there = (...calls: readonly Call[]) => converge(host, lookThere, calls, offline);
  expect(await there({ type: "systemd.ensure", props: { name: "app", enabled: true, state: "stopped" } })).toEqual([
    ["enabled"],
  ]);
  expect(await sh(`ls ${root}/etc/systemd/system/multi-user.target.wants`)).toBe("app.service\n");
  expect(await there({ type: "systemd.mask", props: { name: "tick.timer" } })).toEqual([["masked"]]);
  expect(await there({ type: "systemd.unmask", props: { name: "tick.timer" } })).toEqual([["masked"]]);
  const unit = { type: "systemd.unit", props: { name: "built.service", content: daemon() } };
  expect(await there(unit, { type: "systemd.enable", props: { name: "built" } })).toEqual([
    ["type", "content", "mode", "owner", "group"],
    ["enabled"],
  ]);
  const start = { type: "systemd.ensure", props: { name: "app", state: "started" } };
  expect(await errorOf(host, start, offline)).toContain(
    "starting app.service cannot be done: systemd does not run here; in a container build",
  );
  expect(await errorOf(host, { type: "systemd.restart", props: { name: "app" } }, offline)).toContain(
    "systemd does not run here",
  );
  expect(await errorOf(host, { type: "systemd.enable", props: { name: "not-there" } }, offline)).toContain(
    "there is no unit not-there.service",
  );
});

test("without systemd the error says so", async () => {
  const call = { type: "systemd.ensure", props: { name: "app", state: "started" } };
  expect(await errorOf(host, call, { path: "/nowhere" })).toContain("there is no systemd on this machine");
});

test("a hundred units with nothing to do take few questions", async () => {
  await sh("for i in $(seq 1 100); do systemctl start --no-block loop@$i; done; sleep 1");
  const calls = Array.from({ length: 100 }, (_, i) => ({
    type: "systemd.ensure",
    props: { name: `loop@${i + 1}`, state: "started" },
  }));
  const times: number[] = [];
  for (const _ of [1, 2, 3]) {
    const begun = performance.now();
    const answers = await declareOn(host, calls);
    times.push(performance.now() - begun);
    expect(answers.filter(({ changed, error }) => changed || error !== undefined)).toEqual([]);
  }
  expect(Math.min(...times)).toBeLessThan(3000);
  console.log(`100 units with nothing to do: ${times.map(Math.round).join(", ")} ms`);
});

describe("what systemctl does not say", () => {
  const install = (by: string): string => `[Service]\nExecStart=/bin/sleep 1000\n[Install]\nWantedBy=${by}\n`;
  const unit = (name: string, content: string): Call => ({ type: "systemd.unit", props: { name, content } });

  test("another [Install] is delivered to a unit that is enabled", async () => {
    const enabled = { type: "systemd.ensure", props: { name: "moved", enabled: true } };
    await converges(unit("moved.service", install("emergency.target")), enabled);
    const [, changed] = await converges(unit("moved.service", install("multi-user.target")), enabled);
    expect(changed).toEqual(["enabled"]);
    expect(await sh("cd /etc/systemd/system; ls -d *.wants/moved.service")).toBe(
      "multi-user.target.wants/moved.service\n",
    );
    await sh("systemctl disable moved 2>&1; rm /etc/systemd/system/moved.service; systemctl daemon-reload");
  });

  test("a mask until the next boot is taken off, and one of what is not there", async () => {
    await sh("systemctl mask --runtime app 2>&1");
    expect(await ensure({ name: "app", masked: false })).toEqual([["masked"]]);
    expect(await converges({ type: "systemd.mask", props: { name: "not-there" } })).toEqual([["masked"]]);
    expect(await converges({ type: "systemd.unmask", props: { name: "not-there" } })).toEqual([["masked"]]);
  });

  test("a socket may come before its service", async () => {
    const socket = "[Socket]\nListenStream=/run/echo\n[Install]\nWantedBy=sockets.target\n";
    expect(await converges(unit("echo.socket", socket))).toEqual([["type", "content", "mode", "owner", "group"]]);
    expect(await fails("systemd.unit", { name: "echo.socket", content: `${socket}[Socket]\nBogus=1\n` })).toContain(
      "Unknown key 'Bogus'",
    );
    await sh("rm /etc/systemd/system/echo.socket; systemctl daemon-reload");
  });

  test("instances of a template that is only planned are known", async () => {
    const template = "[Service]\nExecStart=/bin/sleep 100%i\n[Install]\nWantedBy=multi-user.target\n";
    const calls = [
      unit("planned@.service", template),
      { type: "systemd.ensure", props: { name: "planned@1", state: "started", enabled: true } },
    ];
    const [, instance] = await converges(...calls);
    expect(instance).toEqual(["active", "enabled"]);
    await sh(
      "systemctl disable --now planned@1 2>&1; rm /etc/systemd/system/planned@.service; systemctl daemon-reload",
    );
  });

  test("a start that was refused for its number says so, and how it goes on", async () => {
    const limited =
      "[Unit]\nStartLimitIntervalSec=1h\nStartLimitBurst=2\n[Service]\nExecStart=/bin/sh -c 'test -e /run/mended || { echo old trouble; exit 1; }; exec sleep 1000'\n";
    await sh(`printf '%s' "${limited}" > /etc/systemd/system/limited.service; systemctl daemon-reload`);
    for (let i = 0; i < 3; i++) await fails("systemd.restart", { name: "limited" });
    await sh("touch /run/mended");
    const said = await fails("systemd.restart", { name: "limited" });
    expect(said).toContain("limited.service failed too often in a short time");
    expect(said).toContain("systemctl reset-failed limited.service");
    expect(said).not.toContain("old trouble");
    await sh("systemctl reset-failed limited; systemctl start limited; systemctl stop limited");
  });
});

test("a timer runs its command as it was given, again and again, and goes with all of it", async () => {
  const timer = (props: object): Call => ({ type: "systemd.timer", props: { name: "clock", ...props } });
  const command = [
    "/bin/sh",
    "-c",
    'printf "%s|" "$@" "$A" "$(id -un)" >> /tmp/clock',
    "sh",
    "50 %",
    'say "no"',
    "$HOME",
  ];
  const props = { command, every: 1, user: "nobody", environment: { A: "b c" } };
  expect(await converges(timer(props))).toEqual([["service", "timer", "enabled", "running"]]);
  await sh("for i in $(seq 100); do grep -q nobody /tmp/clock 2>/dev/null && break; sleep 0.1; done");
  expect(await sh("cat /tmp/clock")).toStartWith('50 %|say "no"|$HOME|b c|nobody|');
  expect(await converges(timer({ ...props, every: 3600 }))).toEqual([["timer"]]);
  expect(await fails("systemd.timer", { name: "clock", command: ["/no/such"], every: 60 })).toContain("/no/such");
  await sh("systemctl disable --now clock.timer 2>&1; rm /etc/systemd/system/clock.*; systemctl daemon-reload");
});

test("what tmpfiles and sysusers refuse is never in its place", async () => {
  expect(await fails("systemd.tmpfiles", { name: "bad", content: "q!! bogus\n" })).toContain(
    "Unknown modifiers in command 'q!!'",
  );
  expect(await fails("systemd.sysusers", { name: "bad", content: "u\n" })).toContain("Missing action and name");
  expect(await sh("ls /etc/tmpfiles.d /etc/sysusers.d")).not.toContain("bad");
  await converges({
    type: "systemd.tmpfiles",
    props: { name: "good", content: "d /run/good 0750 nobody nogroup -\n" },
  });
  expect(await sh("stat -c '%a %U' /run/good")).toBe("750 nobody\n");
  await converges({ type: "systemd.sysusers", props: { name: "good", content: 'u goodd - "Good"\n' } });
  expect(await sh("getent passwd goodd")).toContain("Good");
});
