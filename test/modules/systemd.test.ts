import { expect, test } from "bun:test";
import type { Value } from "../../src/base/value.ts";
import { systemd } from "../../src/modules/systemd/index.ts";
import { parseState } from "../../src/modules/systemd/_state.ts";
import { unitName } from "../../src/modules/systemd/_unit-name.ts";
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
