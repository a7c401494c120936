import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { cronFile, cronTime } from "../../src/schedule/cron.ts";
import type { Schedule } from "../../src/schedule/schedule.ts";
import { schedulerOf } from "../../src/schedule/schedules.ts";
import { failureUnit, serviceUnit, timerUnit } from "../../src/schedule/units.ts";
import { FakeSystem } from "../support/fake-system.ts";
import { needs } from "../support/needs.ts";
import { temporaryDirectory } from "../support/temp.ts";

const web: Schedule = {
  name: "web",
  every: "30m",
  everyMs: 1_800_000,
  stack: "web",
  driftOnly: false,
  file: "/srv/site.lua",
  database: "/etc/sloth-runner/stacks.db",
  argv: ["/usr/local/bin/sloth-runner", "run", "/srv/site.lua", "--stack", "web"],
  onFailure: undefined,
};
const drift: Schedule = {
  ...web,
  name: "web-drift",
  every: "1d",
  everyMs: 86_400_000,
  driftOnly: true,
  onFailure: "alert@%n.service",
};

const systemd = { "/run/systemd/system/x": "" };
const cron = { "/etc/cron.d/e2scrub_all": "30 3 * * 0 root true\n" };
const SHOW = "systemctl show --property=ActiveState,Result sloth-runner-web.service";

function withSystemd(options: { euid?: number; env?: Record<string, string> } = {}, files = {}): FakeSystem {
  const user = options.euid === undefined ? "systemctl" : "systemctl --user";
  const words = ["daemon-reload", "enable --quiet T", "restart T", "start T", "disable --quiet --now T"];
  const commands = words.map((word) => [`${user} ${word.replace("T", "sloth-runner-web.timer")}`, ""] as const);
  return new FakeSystem(
    { ...Object.fromEntries(commands), [SHOW]: "Result=exit-code\nActiveState=inactive\n" },
    {},
    { files: { ...systemd, ...files }, ...options },
  );
}

const text = (system: FakeSystem, path: string) => new TextDecoder().decode(system.readFile(path));

test("with systemd: writes a service and a timer and starts it; again, there is nothing to do", async () => {
  const system = withSystemd();
  const paths = ["web.service", "web.timer", "failed@.service"].map(
    (name) => `/etc/systemd/system/sloth-runner-${name}`,
  );
  expect(await schedulerOf(system).add(web)).toEqual(paths);
  expect(text(system, paths[0] ?? "")).toContain(
    '\nExecStart="/usr/local/bin/sloth-runner" "run" "/srv/site.lua" "--stack" "web"\n',
  );
  expect(text(system, paths[0] ?? "")).toContain("\nOnFailure=sloth-runner-failed@%N.service\n");
  expect(text(system, paths[1] ?? "")).toContain("\nOnUnitInactiveSec=1800\n");
  expect(system.ran.splice(0)).toEqual([
    "systemctl daemon-reload",
    "systemctl enable --quiet sloth-runner-web.timer",
    "systemctl restart sloth-runner-web.timer",
  ]);

  expect(await schedulerOf(system).add(web)).toEqual([]);
  expect(system.ran).toEqual([
    "systemctl enable --quiet sloth-runner-web.timer",
    "systemctl start sloth-runner-web.timer",
  ]);
});

test("another interval changes the timer alone", async () => {
  const system = withSystemd();
  await schedulerOf(system).add(web);
  const written = await schedulerOf(system).add({ ...web, every: "1h", everyMs: 3_600_000 });
  expect(written).toContain("/etc/systemd/system/sloth-runner-web.timer");
  expect(system.ran.at(-1)).toBe("systemctl restart sloth-runner-web.timer");
});

test("lists what it made, with what systemd says of it, and removes just that", async () => {
  const foreign = "/etc/systemd/system/sloth-runner-other.timer";
  const system = withSystemd({}, { [foreign]: "[Timer]\n" });
  await schedulerOf(system).add(web);
  expect(await schedulerOf(system).list()).toEqual([{ ...web, by: "systemd", state: "failed: exit-code" }]);
  expect(await schedulerOf(system).remove("web")).toHaveLength(2);
  expect(await schedulerOf(system).list()).toEqual([]);
  expect(await schedulerOf(system).remove("web")).toEqual([]);
  expect(system.lstat(foreign)).not.toBeNull();
});

test("a unit of that name that somebody else wrote is left alone", async () => {
  const path = "/etc/systemd/system/sloth-runner-web.service";
  const system = withSystemd({}, { [path]: "[Service]\nExecStart=/bin/true\n" });
  expect(schedulerOf(system).add(web)).rejects.toThrow(`${path} was not made by sloth-runner schedule`);
  expect(schedulerOf(system).remove("web")).rejects.toThrow("was not made by sloth-runner schedule");
  expect(text(system, path)).toStartWith("[Service]");
});

test("for a user, systemd of the user", async () => {
  const timer = "/home/ana/.config/systemd/user/sloth-runner-web.timer";
  const commands = { [SHOW.replace("systemctl", "systemctl --user")]: "Result=success\nActiveState=inactive\n" };
  const files = { ...systemd, [timer]: timerUnit(web) };
  const system = new FakeSystem(commands, {}, { files, euid: 1000, env: { HOME: "/home/ana" } });
  expect(await schedulerOf(system).list()).toEqual([{ ...web, by: "systemd", state: "ok" }]);
});

needs(Bun.which("systemd-analyze") !== null, "systemd-analyze")("systemd finds no mistake in the units", () => {
  const argv = ["/bin/true", `50% "of" $HOME\\it's.lua`];
  const directory = temporaryDirectory();
  const files = new Map([["sloth-runner-failed@.service", failureUnit()]]);
  for (const schedule of [web, { ...drift, onFailure: undefined }]) {
    files.set(`sloth-runner-${schedule.name}.service`, serviceUnit({ ...schedule, argv }));
    files.set(`sloth-runner-${schedule.name}.timer`, timerUnit(schedule));
  }
  const paths = [...files].map(([name, contents]) => {
    writeFileSync(`${directory}/${name}`, contents);
    return `${directory}/${name}`;
  });
  const verify = ["systemd-analyze", "verify", ...paths.filter((path) => !path.includes("@"))];
  const { exitCode, stderr } = Bun.spawnSync(verify, { env: { ...process.env, SYSTEMD_UNIT_PATH: `${directory}:` } });
  const said = stderr
    .toString()
    .split("\n")
    .filter((line) => line.includes(directory));
  expect({ exitCode, said }).toEqual({ exitCode: 0, said: [] });
});

test("looking for drift may write only where the database is, and starts the unit that was named", () => {
  const unit = serviceUnit(drift);
  expect(unit).toContain('\nProtectSystem=strict\nReadWritePaths="/etc/sloth-runner"\n');
  expect(unit).toContain("\nOnFailure=alert@%n.service\n");
  expect(serviceUnit(web)).not.toContain("ProtectSystem");
});

test("words reach the program as they are, whatever is in them", () => {
  const odd = { ...web, argv: ["/bin/sloth-runner", "run", `/srv/50% "of" $HOME\\it's.lua`] };
  expect(serviceUnit(odd)).toContain(
    String.raw`ExecStart="/bin/sloth-runner" "run" "/srv/50%% \"of\" $$HOME\\it's.lua"`,
  );
  expect(cronFile(odd)).toContain(String.raw` root /bin/sloth-runner run '/srv/50\% "of" $HOME\it'\''s.lua'`);
});

test("without systemd: a file for cron, with the intervals that cron knows", async () => {
  const system = new FakeSystem({}, {}, { files: cron });
  const path = "/etc/cron.d/sloth-runner-web";
  expect(await schedulerOf(system).add(web)).toEqual([path]);
  expect(await schedulerOf(system).add(web)).toEqual([]);
  expect(text(system, path)).toContain(
    "\n*/30 * * * * root /usr/local/bin/sloth-runner run /srv/site.lua --stack web\n",
  );
  expect(await schedulerOf(system).list()).toEqual([{ ...web, by: "cron", state: null }]);
  expect(schedulerOf(system).add({ ...web, everyMs: 45 * 60_000 })).rejects.toThrow(
    "cron, which this machine has instead of systemd",
  );
  expect(await schedulerOf(system).remove("web")).toEqual([path]);
  expect(system.ran).toEqual([]);
});

test.each([
  [60_000, "* * * * *"],
  [5 * 60_000, "*/5 * * * *"],
  [3_600_000, "7 * * * *"],
  [6 * 3_600_000, "7 */6 * * *"],
  [86_400_000, "7 3 * * *"],
])("every %d ms is for cron %s", (ms, time) => {
  expect(cronTime(ms)).toBe(time);
});

test("says what is missing", () => {
  expect(() => schedulerOf(new FakeSystem({}, {}, { files: {} }))).toThrow("neither systemd nor cron is there");
});

test.each([
  ["a file", { file: "/srv/a\n* * * * * root touch /tmp/P2\n#/site.lua" }],
  ["a word of the command", { argv: ["/bin/sloth-runner", "run", "/srv/a\rb"] }],
  ["a database", { database: "/srv/\u0000/s.db" }],
  ["a stack", { stack: "web\nExecStartPre=/bin/touch /tmp/P1" }],
  ["a unit", { onFailure: "x.service\nExecStart=/bin/true" }],
])("a line of its own in %s is refused, by systemd's files and cron's", async (_, odd) => {
  for (const system of [withSystemd(), new FakeSystem({}, {}, { files: cron })]) {
    expect(schedulerOf(system).add({ ...web, ...odd })).rejects.toThrow(
      /control character|cannot be the name of a unit/,
    );
    expect(system.ran).toEqual([]);
    expect(system.stat("/etc/systemd/system")).toBeNull();
    if (system.stat("/etc/cron.d") !== null) expect(system.list("/etc/cron.d")).toEqual(["e2scrub_all"]);
  }
});

test("a $ in a path is one where it is not a command line", () => {
  expect(serviceUnit({ ...drift, database: "/srv/d$$x 50%/s.db" })).toContain('\nReadWritePaths="/srv/d$$x 50%%"\n');
});

test("whoever may not write there still sees what cron does", async () => {
  const files = { ...cron, "/etc/cron.d/sloth-runner-web": cronFile(web) };
  const system = new FakeSystem({}, {}, { files, euid: 1000 });
  expect(await schedulerOf(system).list()).toEqual([{ ...web, by: "cron", state: null }]);
  for (const change of [schedulerOf(system).add(web), schedulerOf(system).remove("web")])
    expect(change).rejects.toThrow("only root may write to /etc/cron.d");
});
