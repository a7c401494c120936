import { expect, test } from "bun:test";
import type { Value } from "../../src/base/value.ts";
import { systemd } from "../../src/modules/systemd/index.ts";
import { parseState } from "../../src/modules/_units/state.ts";
import { unitName } from "../../src/modules/_units/unit-name.ts";
import { declare } from "../support/declare.ts";
import { FakeSystem, type FakeAnswer, type FakeCommands, type FakeTransitions } from "../support/fake-system.ts";
import { refusal } from "./_call.ts";
import { act, ask } from "./_machine.ts";

const RUNNING = { "/run/systemd/system/.keep": "" };
const PROPERTIES =
  "Id,Names,Description,LoadState,LoadError,ActiveState,SubState,UnitFileState,FragmentPath,SourcePath," +
  "NeedDaemonReload,Type,RemainAfterExit,Result,InactiveExitTimestamp,MainPID";
const show = (units: string): string => `systemctl show --no-pager --property=${PROPERTIES} ${units}`;
const control = (verb: string, unit: string): string => `systemctl --no-ask-password ${verb} -- ${unit}`;

/** As systemd 252 prints it, in its own order. */
const nginx = (active: string, enabled: string, more: Readonly<Record<string, string>> = {}): string => {
  const properties = {
    Type: "forking",
    RemainAfterExit: "no",
    MainPID: "85",
    Result: "success",
    Id: "nginx.service",
    Names: "nginx.service web.service",
    LoadState: "loaded",
    ActiveState: active,
    UnitFileState: enabled,
    NeedDaemonReload: "no",
    InactiveExitTimestamp: "Mon 2026-11-23 18:00:00 UTC",
    ...more,
  };
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}`)
    .join("\n");
};
const MISSING = "Id=none.service\nNames=none.service\nLoadState=not-found\nActiveState=inactive\nUnitFileState=\n";
const SHOW = show("-- nginx.service");

const fake = (
  commands: FakeCommands,
  transitions: FakeTransitions = {},
  files: Record<string, string> = RUNNING,
): FakeSystem => new FakeSystem(commands, transitions, { files, programs: ["systemctl", "journalctl"] });

function keep(system: FakeSystem, verb: string, props: Value, mode: "apply" | "plan" = "apply") {
  const type = systemd.functions.find(({ name }) => name === `systemd.${verb}`);
  if (type?.form !== "resource") throw new Error(`${verb} is no resource`);
  const machine = system.asHost(mode);
  return declare(type, props, { machine, key: machine.key, planning: mode === "plan", workflowDirectory: "/" });
}

test("starts and enables a stopped unit, then has nothing left to do", async () => {
  const system = fake(
    { [SHOW]: nginx("inactive", "disabled") },
    {
      [control("enable", "nginx.service")]: { [SHOW]: nginx("inactive", "enabled") },
      [control("start", "nginx.service")]: { [SHOW]: nginx("active", "enabled") },
    },
  );
  const props = { name: "nginx", state: "started", enabled: true };
  expect(await keep(system, "ensure", props, "plan")).toMatchObject({ action: "update" });
  expect(system.ran).toEqual([]);
  expect((await keep(system, "ensure", props)).changes).toEqual([
    { property: "active", from: "inactive", to: "active" },
    { property: "enabled", from: "disabled", to: "enabled" },
  ]);
  expect(await keep(system, "ensure", props)).toMatchObject({ action: "none", changed: false });
  expect(system.ran).toEqual([control("enable", "nginx.service"), control("start", "nginx.service")]);
});

test("an alias is the unit it stands for", async () => {
  const system = fake(
    { [show("-- web.service")]: nginx("active", "enabled"), [SHOW]: nginx("active", "enabled") },
    { [control("stop", "nginx.service")]: { [show("-- web.service")]: nginx("inactive", "enabled") } },
  );
  expect(await keep(system, "ensure", { name: "web", state: "stopped" })).toMatchObject({ changed: true });
});

test("a changed unit file is read before the unit is started", async () => {
  const reload = "systemctl --no-ask-password daemon-reload";
  const system = fake(
    { [SHOW]: nginx("inactive", "enabled", { NeedDaemonReload: "yes" }) },
    {
      [reload]: { [SHOW]: nginx("inactive", "enabled") },
      [control("start", "nginx.service")]: { [SHOW]: nginx("active", "enabled") },
    },
  );
  await act(systemd, "systemd.start", { name: "nginx" }, { system });
  expect(system.ran).toEqual([reload, control("start", "nginx.service")]);
  expect(await act(systemd, "systemd.start", { name: "nginx" }, { system })).toBe(null);
});

const JOB_FAILED = {
  exitCode: 1,
  stderr: `Job for nginx.service failed because the control process exited with error code.
See "systemctl status nginx.service" and "journalctl -xeu nginx.service" for details.
`,
};
const JOURNAL =
  "journalctl --no-pager --quiet --output=cat --lines=10 --unit=nginx.service --since=Mon 2026-11-23 18:00:00 UTC";

test("a failed start quotes what that start left in the journal", async () => {
  const system = fake({
    [SHOW]: nginx("inactive", "enabled"),
    [control("restart", "nginx.service")]: JOB_FAILED,
    "journalctl --sync": "",
    [JOURNAL]:
      "nginx: [emerg] unknown directive \"lisen\" in /etc/nginx/nginx.conf:3\nnginx.service: Failed with result 'exit-code'.\n",
  });
  expect(await refusal(act(systemd, "systemd.restart", { name: "nginx" }, { system }))).toBe(
    `E_UNIT_FAILED Job for nginx.service failed because the control process exited with error code
nginx: [emerg] unknown directive "lisen" in /etc/nginx/nginx.conf:3
nginx.service: Failed with result 'exit-code'.; journalctl --unit=nginx.service shows more`,
  );
});

test("a service that dies at once has failed, although systemctl says nothing", async () => {
  const system = fake(
    { [SHOW]: nginx("inactive", "enabled"), "journalctl --sync": "", [JOURNAL]: "no database\n" },
    { [control("start", "nginx.service")]: { [SHOW]: nginx("failed", "enabled", { Result: "exit-code" }) } },
  );
  const said = await refusal(act(systemd, "systemd.start", { name: "nginx" }, { system }));
  expect(said).toContain("nginx.service failed right after the start\nno database");
});

test("what is not allowed is told as that", async () => {
  const denied = { exitCode: 4, stderr: "Failed to stop nginx.service: Interactive authentication required.\n" };
  const system = fake({ [SHOW]: nginx("active", "enabled"), [control("stop", "nginx.service")]: denied });
  expect(await refusal(keep(system, "ensure", { name: "nginx", state: "stopped" }))).toMatch(
    /^E_ACCESS .*run it with sudo$/,
  );
});

test.each<readonly [string, Value, string]>([
  ["static", { enabled: true }, "cannot be enabled: it is static"],
  ["transient", { enabled: true }, "it is transient"],
  ["", { enabled: true }, "has no unit file"],
  ["masked", { state: "started" }, "is masked; masked = false"],
  ["masked-runtime", { enabled: true }, "is masked; masked = false"],
])("a unit that is '%s' and asked for %j", async (enabled, props, words) => {
  const system = fake({ [SHOW]: nginx("inactive", enabled) });
  expect(await refusal(keep(system, "ensure", { name: "nginx", ...(props as object) }))).toContain(words);
});

test.each<readonly [string, string, Value]>([
  ["active", "enabled", { state: "started", enabled: true, masked: false }],
  ["reloading", "enabled", { state: "started" }],
  ["failed", "disabled", { state: "stopped", enabled: false }],
  ["inactive", "static", { enabled: false }],
  ["inactive", "indirect", { enabled: true }],
  ["inactive", "indirect", { enabled: false }],
  ["inactive", "masked", { state: "stopped", enabled: false, masked: true }],
  ["inactive", "linked", { enabled: false }],
])("a unit that is %s and %s is as %j asks", async (active, enabled, props) => {
  const system = fake({ [SHOW]: nginx(active, enabled) });
  expect(await keep(system, "ensure", { name: "nginx", ...(props as object) })).toMatchObject({ changed: false });
});

test("a unit made from an init script is enabled where its runlevel says so", async () => {
  const commands = { [SHOW]: nginx("active", "generated"), "systemctl is-enabled -- nginx.service": "disabled\n" };
  const enable = control("enable", "nginx.service");
  const system = fake(commands, { [enable]: { "systemctl is-enabled -- nginx.service": "enabled\n" } });
  expect(await keep(system, "enable", { name: "nginx" })).toMatchObject({ changed: true });
});

test("a missing unit is named with the closest; stopped, it is as it should be", async () => {
  const files = "systemctl list-unit-files --plain --no-legend --no-pager --full";
  const system = fake({
    [show("-- nginz.service")]: MISSING,
    [files]: "nginx.service enabled enabled\nssh.service enabled enabled\n",
  });
  expect(await refusal(keep(system, "ensure", { name: "nginz", state: "started" }))).toBe(
    "E_UNIT_MISSING there is no unit nginz.service on this machine; did you mean 'nginx.service'?",
  );
  expect(await keep(system, "ensure", { name: "nginz", state: "stopped", enabled: false })).toMatchObject({
    changed: false,
  });
});

test("in plan a unit file that is only planned makes a unit", async () => {
  const text = "[Service]\nExecStart=/bin/app\n[Install]\nWantedBy=multi-user.target\n";
  const files = { ...RUNNING, "/etc/systemd/system/app.service": text };
  const system = fake({ [show("-- app.service")]: MISSING }, {}, files);
  expect((await keep(system, "ensure", { name: "app", state: "started", enabled: true }, "plan")).changes).toEqual([
    { property: "active", from: "inactive", to: "active" },
    { property: "enabled", from: "disabled", to: "enabled" },
  ]);
});

test("many units are asked for at once", async () => {
  const unit = (i: number): string =>
    `Id=u${i}.service\nNames=u${i}.service\nLoadState=loaded\nActiveState=active\nUnitFileState=enabled\n`;
  const numbers = Array.from({ length: 60 }, (_, i) => i);
  const each: [string, FakeAnswer][] = numbers.map((i) => [show(`-- u${i}.service`), unit(i)]);
  const system = fake({ ...Object.fromEntries(each), [show("*")]: numbers.map(unit).join("\n") });
  for (const i of numbers)
    expect(await ask(systemd, "systemd.status", { name: `u${i}` }, system)).toMatchObject({ active: "active" });
  for (const i of numbers) await ask(systemd, "systemd.status", { name: `u${i}` }, system);
  expect(system.asked.length).toBeLessThan(20);
});

test("without a running systemd only what needs none is done", async () => {
  const enabled = "systemctl is-enabled -- nginx.service";
  const system = fake(
    { [enabled]: "disabled\n" },
    { [control("enable", "nginx.service")]: { [enabled]: "enabled\n" } },
    {},
  );
  expect(await keep(system, "ensure", { name: "nginx", enabled: true, state: "stopped" })).toMatchObject({
    changed: true,
  });
  expect(await refusal(keep(system, "ensure", { name: "nginx", state: "started" }))).toContain("E_SYSTEMD_OFFLINE");
  expect(await refusal(act(systemd, "systemd.restart", { name: "nginx" }, { system }))).toContain("E_SYSTEMD_OFFLINE");
  const none = new FakeSystem();
  expect(await refusal(keep(none, "ensure", { name: "nginx", state: "started" }))).toContain("there is no systemd");
});

test("a unit file is checked, written and read by systemd", async () => {
  const content = "[Service]\nExecStart=/bin/app\n";
  const system = new FakeSystem(
    {},
    { "systemctl --no-ask-password daemon-reload": {} },
    { files: { ...RUNNING, "/etc/systemd/system/.keep": "" }, programs: ["systemctl"] },
  );
  const made = await keep(system, "unit", { name: "app.service", content });
  expect(made).toMatchObject({ action: "create", names: ["/etc/systemd/system/app.service"] });
  expect(Buffer.from(system.readFile("/etc/systemd/system/app.service")).toString()).toBe(content);
  expect(await keep(system, "unit", { name: "app.service", content })).toMatchObject({ changed: false });
  expect(system.ran).toEqual(["systemctl --no-ask-password daemon-reload"]);
});

test("names of units", async () => {
  expect(["nginx", "a.timer", "getty@tty1", "my.app"].map(unitName)).toEqual([
    "nginx.service",
    "a.timer",
    "getty@tty1.service",
    "my.app.service",
  ]);
  const system = fake({});
  for (const name of ["a b", "--now", "a/b", ""])
    expect(await refusal(keep(system, "enable", { name }))).toContain("'name' is");
  expect(await refusal(keep(system, "unit", { name: "app", content: "" }))).toContain(
    "file name of a unit with its suffix",
  );
  expect(await refusal(keep(system, "ensure", { name: "a" }))).toContain("states nothing");
  expect(await refusal(keep(system, "ensure", { name: "a", state: "started", masked: true }))).toContain(
    "can be neither started nor enabled",
  );
});

test("properties are read as systemd prints them", () => {
  const state = parseState(
    "Id=a\\x2db.mount\nNames=a\\x2db.mount\nDescription=x=y\nActiveState=active\nUnitFileState=generated\nLoadState=masked\n",
  );
  expect(state).toMatchObject({ id: "a\\x2db.mount", active: "active", enabled: "generated", masked: true });
  expect(state.properties.get("Description")).toBe("x=y");
});

const ETC = "/etc/systemd/system";
const LIB = "/usr/lib/systemd/system";
const RELOAD = "systemctl --no-ask-password daemon-reload";

test("a unit that is not there is stopped, disabled and not masked: as it should be, also when it is looked at later", async () => {
  const system = fake({ [show("-- none.service")]: MISSING }, { [control("mask", "none.service")]: {} });
  const kept = await keep(system, "ensure", { name: "none", state: "stopped", enabled: false, masked: false });
  expect(kept).toMatchObject({ changed: false, stated: [{ active: "inactive", enabled: "disabled", masked: false }] });
  const ensure = systemd.functions.find(({ name }) => name === "systemd.ensure");
  if (ensure?.form !== "resource") throw new Error("no systemd.ensure");
  const restated = ensure.undo?.restate?.("none.service", { active: "active", enabled: "disabled", masked: false });
  expect(await ensure.read(restated?.want ?? null, system)).toEqual({
    active: "inactive",
    enabled: "disabled",
    masked: false,
  });
  // What took the unit away was undone before it: nothing is left to be stopped or disabled.
  const diff = { action: "update", actual: null, desired: { active: "inactive", enabled: "disabled" } } as const;
  const changes = [
    { property: "active", from: "active", to: "inactive" },
    { property: "enabled", from: "enabled", to: "disabled" },
  ];
  await ensure.apply(restated?.want ?? null, { ...diff, changes }, system, { read: nothing, open: () => nothing() });
  expect(system.ran).toEqual([]);
});

const nothing = (): never => {
  throw new Error("no contents are asked for");
};

test("a unit that failed is stopped, before and after it is reset", async () => {
  const system = fake({ [SHOW]: nginx("failed", "disabled") });
  expect((await keep(system, "ensure", { name: "nginx", state: "stopped" })).stated).toEqual([
    { active: "inactive", enabled: undefined, masked: undefined } as object,
  ]);
});

test("a unit that only names others is enabled when these are", async () => {
  const X = (enabled: string): string =>
    `Id=x.socket\nLoadState=loaded\nActiveState=inactive\nUnitFileState=${enabled}\n`;
  const files = { ...RUNNING, [`${LIB}/nginx.service`]: "[Service]\n[Install]\nAlso=x.socket\n" };
  const system = fake(
    { [SHOW]: nginx("inactive", "indirect"), [show("-- x.socket")]: X("disabled") },
    {
      [control("enable", "nginx.service")]: { [show("-- x.socket")]: X("enabled") },
      [control("disable", "nginx.service")]: { [show("-- x.socket")]: X("disabled") },
    },
    files,
  );
  for (const enabled of [true, false]) {
    expect((await keep(system, "ensure", { name: "nginx", enabled })).changes).toHaveLength(1);
    expect(await keep(system, "ensure", { name: "nginx", enabled })).toMatchObject({ changed: false });
  }
});

test("a unit that is not linked where its [Install] says now is enabled anew", async () => {
  const files = {
    ...RUNNING,
    [`${LIB}/nginx.service`]:
      "[Service]\n[Install]\nWantedBy=multi-user.target \\\n  other.target\nRequiredBy=a@%i.target\n",
    [`${ETC}/other.target.wants/nginx.service`]: "",
  };
  const linked: FakeAnswer = async (_options, system) => {
    await system.writeFile(`${ETC}/multi-user.target.wants/nginx.service`, Buffer.from(""), {});
    return "";
  };
  const reenable = control("reenable", "nginx.service");
  const system = fake(
    { [SHOW]: nginx("active", "enabled"), [reenable]: linked },
    {},
    { ...files, [`${ETC}/multi-user.target.wants/.keep`]: "" },
  );
  expect((await keep(system, "enable", { name: "nginx" })).changes).toEqual([
    { property: "enabled", from: "stale", to: "enabled" },
  ]);
  expect(system.ran).toEqual([reenable]);
  expect(await keep(system, "enable", { name: "nginx" })).toMatchObject({ changed: false });
});

test("a mask until the next boot is taken off as one", async () => {
  const unmask = "systemctl --no-ask-password unmask --runtime -- nginx.service";
  const system = fake(
    { [SHOW]: nginx("inactive", "masked-runtime") },
    { [unmask]: { [SHOW]: nginx("inactive", "disabled") } },
  );
  expect(await keep(system, "unmask", { name: "nginx" })).toMatchObject({ changed: true });
  expect(system.ran).toEqual([unmask]);
});

test.each([
  "Job for nginx.service failed because start of the service was attempted too often.",
  "Job for nginx.service failed.",
])("a start that systemd refuses for now says so, and nothing of an earlier one: %s", async (stderr) => {
  const system = fake({
    [SHOW]: nginx("failed", "enabled"),
    "journalctl --sync": "",
    [JOURNAL]: "old trouble\nnginx.service: Start request repeated too quickly.\n",
    [control("restart", "nginx.service")]: { exitCode: 1, stderr },
  });
  const said = await refusal(act(systemd, "systemd.restart", { name: "nginx" }, { system }));
  expect(said).toContain("E_START_LIMIT nginx.service failed too often in a short time");
  expect(said).toContain("systemctl reset-failed nginx.service");
});

test.each<readonly [string, string, object]>([
  ["an instance of a template", "t@1.service", { [`${ETC}/t@.service`]: "[Service]\n[Install]\nWantedBy=a.target\n" }],
  ["a file over a mask", "nginx.service", { [`${ETC}/nginx.service`]: "[Service]\n[Install]\nWantedBy=a.target\n" }],
])("in plan %s is known", async (_what, name, files) => {
  const masked = nginx("inactive", "masked", { LoadState: "masked" });
  const system = fake({ [show(`-- ${name}`)]: name.includes("@") ? MISSING : masked }, {}, { ...RUNNING, ...files });
  const machine = system.asHost("plan");
  machine.noteUnknown("an earlier step is only planned");
  const type = systemd.functions.find((each) => each.name === "systemd.ensure");
  if (type?.form !== "resource") throw new Error("no systemd.ensure");
  const on = { machine, key: machine.key, planning: true, workflowDirectory: "/" };
  expect((await declare(type, { name, enabled: true }, on)).changes).toEqual([
    { property: "enabled", from: "disabled", to: "enabled" },
  ]);
});

async function removed(name: string, system: FakeSystem): Promise<readonly string[]> {
  const unit = systemd.functions.find((each) => each.name === "systemd.unit");
  if (unit?.form !== "resource") throw new Error("no systemd.unit");
  await unit.undo?.remove?.({ path: `${ETC}/${name}` }, { type: "file" }, system);
  expect(system.stat(`${ETC}/${name}`)).toBe(null);
  return system.ran;
}

test("a unit file that is taken away ends the unit, but not one that is shipped below it", async () => {
  const file = "[Service]\n[Install]\nWantedBy=a.target\n";
  const fakeWith = (enabled: string, files: object): FakeSystem =>
    new FakeSystem(
      { [SHOW]: nginx("active", enabled), "systemctl is-enabled -- t@.service": "disabled\n" },
      {},
      {
        files: { ...RUNNING, ...files },
        byProgram: { systemctl: "" },
      },
    );
  const own = { [`${ETC}/nginx.service`]: file };
  expect(await removed("nginx.service", fakeWith("enabled", own))).toEqual([
    control("disable", "nginx.service"),
    control("stop", "nginx.service"),
    RELOAD,
  ]);
  const shipped = { ...own, [`${LIB}/nginx.service`]: file };
  expect(await removed("nginx.service", fakeWith("enabled", shipped))).toEqual([
    RELOAD,
    control("reenable", "nginx.service"),
  ]);
  expect(await removed("nginx.service", fakeWith("disabled", shipped))).toEqual([RELOAD]);
  expect(await removed("nginx.service", fakeWith("disabled", { ...own, "/etc/init.d/nginx": "" }))).toEqual([RELOAD]);
  expect(await removed("t@.service", fakeWith("disabled", { [`${ETC}/t@.service`]: file }))).toEqual([
    control("disable", "t@.service"),
    control("stop", "t@*.service"),
    RELOAD,
  ]);
});

test("a drop-in that is taken away takes its directory along when that is empty", async () => {
  const files = {
    [`${ETC}/a.service.d/1.conf`]: "",
    [`${ETC}/b.service.d/1.conf`]: "",
    [`${ETC}/b.service.d/2.conf`]: "",
  };
  const system = fake({ [RELOAD]: "" }, {}, { ...RUNNING, ...files });
  await removed("a.service.d/1.conf", system);
  await removed("b.service.d/1.conf", system);
  expect([system.stat(`${ETC}/a.service.d`), system.stat(`${ETC}/b.service.d`)?.type]).toEqual([null, "directory"]);
});
