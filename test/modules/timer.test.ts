import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Value } from "../../src/base/value.ts";
import { systemd } from "../../src/modules/systemd/index.ts";
import { timerService, timerUnit } from "../../src/modules/systemd/_timer-units.ts";
import { declare } from "../support/declare.ts";
import { FakeSystem } from "../support/fake-system.ts";
import { refusal } from "./_call.ts";

const CALENDAR = "systemd-analyze calendar -- ";
const fake = (): FakeSystem =>
  new FakeSystem(
    { [`${CALENDAR}daily`]: "", [`${CALENDAR}25:00`]: { exitCode: 1, stderr: "Failed to parse" } },
    {},
    { files: { "/etc/systemd/system/.keep": "" }, programs: ["systemctl"] },
  );

function keep(system: FakeSystem, props: Value, mode: "apply" | "plan" = "plan") {
  const type = systemd.functions.find(({ name }) => name === "systemd.timer");
  if (type?.form !== "resource") throw new Error("no systemd.timer");
  const machine = system.asHost(mode);
  return declare(type, props, { machine, key: machine.key, planning: mode === "plan", workflowDirectory: "/" });
}

test("two files, as systemd reads them", () => {
  const plan = {
    description: "50 % of it",
    command: ["/bin/app", 'say "no"', "$HOME\\x", "a\nb"],
    onCalendar: "Mon..Fri 04:30",
    user: "app",
    directory: "/srv/app",
    environment: { A: "b c", B: "100%" },
    persistent: true,
    delayMs: 90_000,
    onFailure: "mail.service",
  };
  expect(timerService(plan)).toBe(`[Unit]
Description=50 %% of it
OnFailure=mail.service

[Service]
Type=oneshot
User=app
WorkingDirectory=/srv/app
Environment="A=b c"
Environment="B=100%%"
ExecStart="/bin/app" "say \\"no\\"" "$$HOME\\\\x" "a\\nb"
`);
  expect(timerUnit(plan)).toContain("OnCalendar=Mon..Fri 04:30\nPersistent=true\nRandomizedDelaySec=90s\n");
  expect(timerUnit({ description: "d", command: "c", everyMs: 1500 })).toContain(
    "OnActiveSec=1.5s\nOnUnitActiveSec=1.5s\nAccuracySec=150ms\n",
  );
});

test("law: whatever the words, each setting is one line, and systemd reads the words again", () => {
  const word = fc.string({ unit: fc.constantFrom("a", " ", '"', "'", "\\", "$", "%", "\n", "\t", "=", "é") });
  fc.assert(
    fc.property(fc.array(word), word, (args, value) => {
      const text = timerService({ description: "d", command: ["/bin/app", ...args], environment: { A: value } });
      const lines = text.split("\n");
      expect(lines.filter((line) => line !== "" && !/^(\[\w+\]|\w+=.*)$/.test(line))).toEqual([]);
      const start = lines.find((line) => line.startsWith("ExecStart=")) ?? "";
      expect(wordsOf(start.slice("ExecStart=".length)).map((each) => each.replaceAll("$$", "$"))).toEqual([
        "/bin/app",
        ...args,
      ]);
      const set = lines.find((line) => line.startsWith("Environment=")) ?? "";
      expect(wordsOf(set.slice("Environment=".length))).toEqual([`A=${value}`]);
    }),
  );
});

/** Words in double quotes, as systemd.syntax(7) reads them. */
function wordsOf(line: string): readonly string[] {
  return Array.from(line.matchAll(/"((?:[^"\\]|\\.)*)"/g), ([, text = ""]) => {
    const plain = text.replace(/\\(.)/g, (_all, letter: string) => ({ n: "\n", t: "\t" })[letter] ?? letter);
    return plain.replaceAll("%%", "%");
  });
}

test.each<[Value, string]>([
  [{ name: "a", command: "true" }, "takes either 'on_calendar' or 'every'"],
  [{ name: "a", command: "true", every: "1h", on_calendar: "daily" }, "takes either 'on_calendar' or 'every'"],
  [{ name: "a", command: "true", every: "10ms" }, "'every' is less than a second"],
  [{ name: "a", command: "true", every: "1h", persistent: true }, "'persistent' goes with 'on_calendar'"],
  [{ name: "a", command: ["app"], every: "1h" }, "must be the path of a program"],
  [{ name: "a", command: "a\u0000b", every: "1h" }, "holds a control character"],
  [{ name: "a", command: "true", on_calendar: "daily\nOnCalendar=hourly" }, "'on_calendar' holds a control character"],
  [{ name: "a", command: "true", every: "1h", environment: { "A B": "c" } }, "a variable named 'A B'"],
  [{ name: "a/b", command: "true", every: "1h" }, "'name' is 'a/b'"],
  [
    { name: "a", command: "true", on_calendar: "25:00" },
    "'on_calendar' is '25:00', which systemd does not take for a time",
  ],
  [{ name: "a", command: "true", every: "1h", user: "nemo" }, "there is no user nemo"],
])("%j is refused before anything is done", async (props, words) => {
  const system = new FakeSystem(
    { [`${CALENDAR}25:00`]: { exitCode: 1, stderr: "Failed to parse" } },
    {},
    { files: { "/etc/systemd/system/.keep": "" }, programs: ["systemctl", "systemd-analyze"] },
  );
  expect(await refusal(keep(system, props))).toContain(words);
  expect(system.ran).toEqual([]);
});

test("where systemd does not run, a timer is written and enabled", async () => {
  const props = { name: "a", command: "true", every: "1h" };
  expect((await keep(fake(), props)).changes.map(({ property }) => property)).toEqual(["service", "timer", "enabled"]);
});

test("what is taken away leaves no time at which it last ran", async () => {
  const stamp = "/var/lib/systemd/timers/stamp-ticking.timer";
  const files = { "/etc/systemd/system/ticking.timer": "", "/etc/systemd/system/ticking.service": "", [stamp]: "" };
  const system = new FakeSystem({}, {}, { files, byProgram: { systemctl: "" }, programs: ["systemctl"] });
  const type = systemd.functions.find(({ name }) => name === "systemd.timer");
  if (type?.form !== "resource") throw new Error("no systemd.timer");
  await type.undo?.remove?.({ name: "ticking" }, { service: "", timer: "" }, system);
  expect(Object.keys(files).filter((path) => system.stat(path) !== null)).toEqual([]);
});
