import { expect, test } from "bun:test";
import type { Value } from "../../src/base/value.ts";
import { service } from "../../src/modules/service/index.ts";
import { declare } from "../support/declare.ts";
import { FakeSystem, type FakeAnswer, type FakeCommands, type FakeOptions } from "../support/fake-system.ts";
import { refusal } from "./_call.ts";
import { act, ask } from "./_machine.ts";

const SCRIPT = { "/etc/init.d/web": "#!/bin/sh\n", "/run/.keep": "" };
const STOPPED = { exitCode: 3, stdout: " * status: stopped\n" };

/** A command that leaves or takes a file: what a tool links, and what a script keeps while it runs. */
const touching =
  (path: string, isThere: boolean): FakeAnswer =>
  async (_options, system) => {
    if (isThere) await system.writeFile(path, Buffer.from(""), {});
    else if (system.stat(path) !== null) system.unlink(path);
    return "";
  };
const runningBy =
  (path: string): FakeAnswer =>
  (_options, system) =>
    system.stat(path) === null ? STOPPED : "";

/** As OpenRC 0.45 does it. */
function openrc(): FakeSystem {
  const commands: FakeCommands = {
    "rc-service web status": runningBy("/run/web"),
    "rc-service web start": touching("/run/web", true),
    "rc-service web stop": touching("/run/web", false),
    "rc-service web restart": { exitCode: 1, stderr: " * ERROR: web failed to start\n" },
    "rc-update add web default": touching("/etc/runlevels/default/web", true),
    "rc-update --all del web": touching("/etc/runlevels/default/web", false),
  };
  const files = { ...SCRIPT, "/run/openrc/softlevel": "", "/etc/runlevels/default/.keep": "" };
  return new FakeSystem(commands, {}, { files });
}

/** As update-rc.d of init-system-helpers 1.65 with insserv does it. */
function sysvinit(): FakeSystem {
  const linked =
    (letter: "S" | "K"): FakeAnswer =>
    async (_options, system) => {
      for (const other of ["S01web", "K01web"])
        if (system.stat(`/etc/rc3.d/${other}`) !== null) system.unlink(`/etc/rc3.d/${other}`);
      await system.writeFile(`/etc/rc3.d/${letter}01web`, Buffer.from(""), {});
      return "";
    };
  const commands: FakeCommands = {
    "/etc/init.d/web status": runningBy("/run/web"),
    "/etc/init.d/web start": touching("/run/web", true),
    "/etc/init.d/web stop": touching("/run/web", false),
    "/etc/init.d/web restart": { exitCode: 1, stderr: " * ERROR: web failed to start\n" },
    "update-rc.d web defaults": linked("S"),
    "update-rc.d web enable": linked("S"),
    "update-rc.d web disable": linked("K"),
  };
  return new FakeSystem(commands, {}, { files: { ...SCRIPT, "/etc/inittab": "", "/etc/rc3.d/README": "" } });
}

/** As chkconfig of Red Hat does it. */
function chkconfig(): FakeSystem {
  const commands: FakeCommands = {
    "/etc/init.d/web status": runningBy("/run/web"),
    "/etc/init.d/web start": touching("/run/web", true),
    "/etc/init.d/web stop": touching("/run/web", false),
    "/etc/init.d/web restart": { exitCode: 1, stderr: " * ERROR: web failed to start\n" },
    "chkconfig --add web": "",
    "chkconfig web on": touching("/etc/rc.d/rc3.d/S85web", true),
    "chkconfig web off": touching("/etc/rc.d/rc3.d/S85web", false),
  };
  return new FakeSystem(commands, {}, { files: { ...SCRIPT, "/etc/inittab": "", "/etc/rc.d/rc3.d/.keep": "" } });
}

const SHOW =
  "systemctl show --no-pager --property=Id,Names,Description,LoadState,LoadError,ActiveState,SubState,UnitFileState,FragmentPath,SourcePath," +
  "NeedDaemonReload,Type,RemainAfterExit,Result,InactiveExitTimestamp,MainPID -- ";
const control = (verb: string): string => `systemctl --no-ask-password ${verb} -- web.service`;

/** As systemd 252 does it. */
function systemd(enabled = "disabled"): FakeSystem {
  let unit = { ActiveState: "inactive", UnitFileState: enabled };
  const becomes = (change: Partial<typeof unit>) => (): string => {
    unit = { ...unit, ...change };
    return "";
  };
  const commands: FakeCommands = {
    [`${SHOW}web.service`]: () => {
      return `Id=web.service\nLoadState=loaded\n${Object.entries(unit)
        .map(([name, value]) => `${name}=${value}`)
        .join("\n")}\n`;
    },
    [`${SHOW}none.service`]: "Id=none.service\nLoadState=not-found\nActiveState=inactive\nUnitFileState=\n",
    [control("start")]: becomes({ ActiveState: "active" }),
    [control("stop")]: becomes({ ActiveState: "inactive" }),
    [control("enable")]: becomes({ UnitFileState: "enabled" }),
    [control("disable")]: becomes({ UnitFileState: "disabled" }),
    [control("restart")]: { exitCode: 1, stderr: "Failed: web failed to start\n" },
    "systemctl list-unit-files --plain --no-legend --no-pager --full": "web.service enabled enabled\n",
  };
  const options: FakeOptions = { files: { "/run/systemd/system/.keep": "" } };
  return new FakeSystem(commands, {}, options);
}

function keep(system: FakeSystem, verb: string, props: Value, mode: "apply" | "plan" = "apply") {
  const type = service.functions.find(({ name }) => name === `service.${verb}`);
  if (type?.form !== "resource") throw new Error(`${verb} is no resource`);
  const machine = system.asHost(mode);
  return declare(type, props, { machine, key: machine.key, planning: mode === "plan", workflowDirectory: "/" });
}

test.each([
  ["openrc", openrc],
  ["sysvinit", sysvinit],
  ["sysvinit", chkconfig],
  ["systemd", systemd],
] as const)("%s: the same call, the same answers", async (init, make) => {
  const system = make();
  const on = { name: "web", state: "started", enabled: true } as const;
  const changes = [
    { property: "running", from: false, to: true },
    { property: "enabled", from: false, to: true },
  ];
  expect(await keep(system, "ensure", on, "plan")).toMatchObject({ changes });
  expect(system.ran).toEqual([]);
  expect(await keep(system, "ensure", on)).toMatchObject({ changes, stated: [{ running: true, enabled: true }] });
  expect(await keep(system, "ensure", on)).toMatchObject({ changed: false });
  expect(await ask(service, "service.status", { name: "web" }, system)).toEqual({
    name: "web",
    running: true,
    enabled: true,
    init,
  });
  expect(await act(service, "service.start", { name: "web" }, { system })).toBe(null);
  expect(await refusal(act(service, "service.restart", { name: "web" }, { system }))).toContain("web failed to start");

  expect((await keep(system, "disable", { name: "web" })).changes).toEqual([
    { property: "enabled", from: true, to: false },
  ]);
  expect((await keep(system, "enable", { name: "web" })).changed).toBe(true);
  const off = { name: "web", state: "stopped", enabled: false } as const;
  expect((await keep(system, "ensure", off)).changes).toHaveLength(2);
  expect(await keep(system, "ensure", off)).toMatchObject({ changed: false });
  expect(await act(service, "service.stop", { name: "web" }, { system })).toBe(null);
});

test.each([openrc, sysvinit, systemd])(
  "one that is not there is stopped, and is named with the closest",
  async (make) => {
    const system = make();
    const off = { name: "none", state: "stopped", enabled: false };
    expect(await keep(system, "ensure", off)).toMatchObject({ changed: false });
    expect(await ask(service, "service.status", { name: "none" }, system)).toBe(null);
  },
);

test("a service that is meant, and a machine that has nothing to start it", async () => {
  expect(await refusal(keep(openrc(), "enable", { name: "wbe" }))).toBe(
    "E_SERVICE_MISSING there is no service wbe on this machine; did you mean 'web'?",
  );
  expect(await refusal(keep(new FakeSystem(), "enable", { name: "web" }))).toContain("E_NO_INIT");
  for (const name of ["", "-x", "a/b", "a b", "../x"])
    expect(await refusal(keep(openrc(), "enable", { name }))).toContain("'name' is");
  expect(await refusal(keep(openrc(), "ensure", { name: "web" }))).toContain("states nothing");
});

test("what systemd cannot do is refused before anything is done", async () => {
  for (const [state, words] of [
    ["static", "is static, so it cannot be enabled or disabled"],
    ["transient", "is transient"],
  ] as const)
    expect(await refusal(keep(systemd(state), "enable", { name: "web" }))).toContain(words);
});

test("an undo puts back what was, and leaves alone what is gone by then", async () => {
  const system = openrc();
  const ensure = service.functions.find(({ name }) => name === "service.ensure");
  if (ensure?.form !== "resource") throw new Error("no service.ensure");
  const restated = ensure.undo?.restate?.("web", { running: true, enabled: false });
  expect(restated).toEqual({
    want: { name: "web", running: true, enabled: false },
    stated: { running: true, enabled: false },
  });
  const changes = [{ property: "running", from: true, to: false }];
  const none = (): never => {
    throw new Error("no contents are asked for");
  };
  const diff = { action: "update", changes, actual: null, desired: { running: false } } as const;
  await ensure.apply({ name: "gone", running: false, enabled: null }, diff, system, { read: none, open: none });
  expect(system.ran).toEqual([]);
});
