import { expect, test } from "bun:test";
import fc from "fast-check";
import { toText } from "../../src/base/byte-text.ts";
import type { Value } from "../../src/base/value.ts";
import { cron } from "../../src/modules/cron/index.ts";
import { declare } from "../support/declare.ts";
import { FakeSystem, type FakeCommands } from "../support/fake-system.ts";
import { refusal } from "./_call.ts";

const PASSWD = { "/etc/passwd": "root:x:0:0::/root:/bin/sh\nana:x:1000:1000::/home/ana:/bin/sh\n" };

/** A machine whose `crontab` keeps what it is given. */
function machine(crontabs: { [user: string]: string } = {}, files: { readonly [path: string]: string } = {}) {
  const commands: FakeCommands = Object.assign({}, ...["root", "ana"].map((user) => crontabOf(user, crontabs)));
  return new FakeSystem(commands, {}, { files: { ...PASSWD, ...files } });
}

function crontabOf(user: string, crontabs: { [user: string]: string }): FakeCommands {
  return {
    [`crontab -u ${user} -l`]: () => crontabs[user] ?? { exitCode: 1, stderr: `no crontab for ${user}\n` },
    [`crontab -u ${user} -`]: ({ stdin = "" }) => {
      crontabs[user] = typeof stdin === "string" ? stdin : toText(stdin);
      return "";
    },
    [`crontab -u ${user} -r`]: () => {
      delete crontabs[user];
      return "";
    },
  };
}

function keep(system: FakeSystem, verb: "job" | "env", props: Value, mode: "apply" | "plan" = "apply") {
  const type = cron.functions.find(({ name }) => name === `cron.${verb}`);
  if (type?.form !== "resource") throw new Error(`${verb} is no resource`);
  const host = system.asHost(mode);
  const key = new Uint8Array(32).fill(7);
  return declare(type, props, { machine: host, key, planning: mode === "plan", workflowDirectory: "/" });
}

test("adds a job below what is there, changes it in its place, and takes it out again", async () => {
  const crontabs: { [user: string]: string } = { root: "# mine\n5 4 * * * /bin/mine # last" };
  const system = machine(crontabs);
  const backup = { name: "backup", job: "/bin/backup %a", minute: "*/10", weekday: "mon-fri" };

  expect(await keep(system, "job", backup, "plan")).toMatchObject({ action: "create" });
  expect(crontabs["root"]).toBe("# mine\n5 4 * * * /bin/mine # last");
  expect(await keep(system, "job", backup)).toMatchObject({ action: "create", names: ["root: backup"] });
  expect(crontabs["root"]).toBe(
    "# mine\n5 4 * * * /bin/mine # last\n#Ansible: backup\n*/10 * * * mon-fri /bin/backup %a\n",
  );
  expect(await keep(system, "job", backup)).toMatchObject({ changed: false });
  expect(await keep(system, "job", { name: "backup", job: "/bin/backup %a", special: "daily" })).toMatchObject({
    changes: [{ property: "schedule", from: "*/10 * * * mon-fri", to: "@daily" }],
  });
  await keep(system, "job", { name: "backup", job: "/bin/backup %a", special: "daily", disabled: true });
  expect(crontabs["root"]).toEndWith("#Ansible: backup\n#@daily /bin/backup %a\n");
  expect(await keep(system, "job", { name: "backup", state: "absent" })).toMatchObject({ action: "delete" });
  expect(crontabs["root"]).toBe("# mine\n5 4 * * * /bin/mine # last\n");
});

test("a crontab of which nothing is left goes", async () => {
  const crontabs: { [user: string]: string } = {};
  const system = machine(crontabs);
  await keep(system, "job", { name: "one", job: "true", user: "ana" });
  expect(crontabs).toEqual({ ana: "#Ansible: one\n* * * * * true\n" });
  await keep(system, "job", { name: "one", state: "absent", user: "ana" });
  expect(crontabs).toEqual({});
});

test("the same job without a name is taken for it, and named", async () => {
  const crontabs = { root: "A=1\n5  4 *\t* * /bin/mine\n1 1 * * * x\n" };
  const system = machine(crontabs);
  const mine = { name: "mine", job: "/bin/mine", minute: 5, hour: 4 };
  expect(await keep(system, "job", mine)).toMatchObject({ changes: [{ property: "named", from: false, to: true }] });
  expect(crontabs.root).toBe("A=1\n#Ansible: mine\n5 4 * * * /bin/mine\n1 1 * * * x\n");
  expect(await keep(system, "job", mine)).toMatchObject({ changed: false });
});

test("what Puppet named is found by that name", async () => {
  const crontabs = { root: "# Puppet Name: mine\nPATH=/bin\n5 4 * * * /bin/mine\n" };
  const system = machine(crontabs);
  await keep(system, "job", { name: "mine", job: "/bin/other", minute: 5, hour: 4 });
  expect(crontabs.root).toBe("# Puppet Name: mine\nPATH=/bin\n5 4 * * * /bin/other\n");
});

test("a crontab that cannot be read is left alone", async () => {
  const system = new FakeSystem(
    { "crontab -u root -l": { exitCode: 1, stderr: "crontabs/root/: fdopen: Input/output error\n" } },
    {},
    { files: PASSWD },
  );
  expect(await refusal(keep(system, "job", { name: "a", job: "true" }))).toContain(
    "the crontab of root cannot be read, so it is left alone: crontabs/root/: fdopen: Input/output error",
  );
  expect(system.ran).toEqual([]);
});

test("variables stand above the jobs", async () => {
  const crontabs = { root: "5 4 * * * /bin/mine\n" };
  const system = machine(crontabs);
  await keep(system, "env", { name: "MAILTO", value: "root" });
  await keep(system, "env", { name: "PATH", value: "/bin:/usr/bin", insertafter: "MAILTO" });
  expect(await keep(system, "env", { name: "MAILTO", value: "root" })).toMatchObject({ changed: false });
  await keep(system, "env", { name: "MAILTO", value: "ops" });
  expect(crontabs.root).toBe('MAILTO="ops"\nPATH="/bin:/usr/bin"\n5 4 * * * /bin/mine\n');
  await keep(system, "env", { name: "MAILTO", state: "absent" });
  expect(crontabs.root).toBe('PATH="/bin:/usr/bin"\n5 4 * * * /bin/mine\n');
});

test("a file of /etc/cron.d names who runs the job, and goes when nothing is left of it", async () => {
  const system = machine();
  const job = { name: "a", job: "true", file: "own", user: "ana" };
  await keep(system, "job", job);
  expect(toText(system.readFile("/etc/cron.d/own"))).toBe("#Ansible: a\n* * * * * ana true\n");
  expect(await keep(system, "job", job)).toMatchObject({ changed: false });
  await keep(system, "job", { ...job, state: "absent" });
  expect(system.stat("/etc/cron.d/own")).toBeNull();
});

test.each([
  [{ job: "x", minute: "61" }, "'minute' is '61', expected *, 0 to 59, a list, a range or a step such as */5"],
  [{ job: "x", month: "1,13" }, "'month' is '13' in '1,13', expected *, 1 to 12, or a name such as feb"],
  [{ job: "x", hour: "5-3" }, "'hour' is '5-3'"],
  [{ job: "x", minute: "*/0" }, "'minute' is '*/0'"],
  [{ job: "x", minute: "1 2" }, "'minute' is '1 2'"],
  [{ job: "x", special: "daily", minute: 1 }, "takes either 'special' or 'minute'"],
  [{ job: "x", special: "dayly" }, "did you mean 'daily'"],
  [{ job: "a\nb" }, "'job' must be one line"],
  [{}, "'job' is missing"],
  [{ job: "x", file: "a/b", user: "ana" }, "expected a name in /etc/cron.d or an absolute path"],
  [{ job: "x", file: "a" }, "'file' needs 'user'"],
  [{ job: "x", user: "nobody-here" }, "there is no user nobody-here"],
  [{ job: "x", weekdays: 1 }, "did you mean 'weekday'"],
])("refuses %p", async (props, said) => {
  const system = machine();
  expect(await refusal(keep(system, "job", { name: "a", ...props }))).toContain(said);
  expect(system.ran).toEqual([]);
});

test("every other line of a crontab stays to the byte, whatever it is", async () => {
  const line = fc.oneof(
    fc.constantFrom("* * * * * true", "#Ansible: other", "A = 'b'", "# Puppet Name: x", "", "\t", "@daily x", "1 2 3"),
    fc.string().map((text) => text.replace(/[\r\n]/g, "")),
  );
  const text = fc.tuple(fc.array(line), fc.constantFrom("\n", "\r\n"), fc.boolean());
  await fc.assert(
    fc.asyncProperty(text, async ([lines, end, isWhole]) => {
      const before = lines.join(end) + (isWhole && lines.length > 0 ? end : "");
      const crontabs: { [user: string]: string } = { root: before };
      const system = machine(crontabs);
      const job = { name: "the job", job: "/bin/the-job", minute: 1 };
      await keep(system, "job", job);
      expect(await keep(system, "job", job)).toMatchObject({ changed: false });
      await keep(system, "job", { ...job, minute: 2 });
      await keep(system, "job", { name: "the job", state: "absent" });
      const whole = before === "" || before.endsWith("\n") ? before : `${before}\n`;
      expect(crontabs["root"] ?? "").toBe(whole);
    }),
    { numRuns: 300 },
  );
});
