import { afterAll, beforeAll, expect, setDefaultTimeout } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Case } from "../conformance/case.ts";
import { fileCases } from "../conformance/file-cases.ts";
import { hostCases } from "../conformance/host-cases.ts";
import { BINARY } from "../support/binary.ts";
import { needs } from "../support/needs.ts";
import { run, type Output } from "./command.ts";
import type { LabHost } from "./host.ts";
import { lab, type Lab } from "./lab.ts";
import { installProgram } from "./program.ts";
import { isRoot } from "./tools.ts";

/* What a workflow does, says and leaves on a host is the same, whether the program runs there or reaches it by ssh. */

setDefaultTimeout(300_000);
const test = needs(isRoot(), "root for the lab of real hosts");

let hosts: Lab;
let host: LabHost;
let here: string;
beforeAll(async () => {
  if (!isRoot()) return;
  hosts = await lab(1);
  const [first] = hosts.hosts;
  if (first === undefined) throw new Error("one host was asked for");
  host = first;
  here = mkdtempSync(join(tmpdir(), "sloth-there-"));
  await installProgram(host);
}, 300_000);
afterAll(async () => {
  if (!isRoot()) return;
  await hosts[Symbol.asyncDispose]();
  rmSync(here, { recursive: true });
});

type Sloth = (words: readonly string[]) => Promise<Output>;

/** The program on the host, as a login there has it. */
async function onTheHost(name: string, source: string): Promise<Sloth> {
  await host.write(`/root/${name}.lua`, source);
  const login = ["env", "-i", "HOME=/root", "USER=root", "LOGNAME=root", "SHELL=/bin/bash", "LANG=C.UTF-8"];
  const path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  const cd = ["sh", "-c", 'cd && unset OLDPWD && exec "$@"', "sh"];
  return ([command = "", ...rest]) => {
    const file = command === "stack" ? rest : [`${name}.lua`, ...rest];
    return host.exec([...login, path, ...cd, "sloth-runner", command, ...file, "--db", `/root/${name}.db`]);
  };
}

/** The program here, over ssh. */
async function overSsh(name: string, source: string): Promise<Sloth> {
  writeFileSync(join(here, `${name}.lua`), source);
  return ([command = "", ...rest]) => {
    const file = command === "stack" ? rest : [`${name}.lua`, "--on", host.name, ...rest];
    const words = [command, ...file, "--db", join(here, `${name}.db`), "--ssh-config", hosts.sshConfig];
    return run(["sh", "-c", 'cd "$0" && exec "$@"', here, BINARY, ...words]);
  };
}

/** Without what tells the one from the other. */
function plain(text: string): string {
  return text
    .replaceAll(new RegExp(`${host.name}/| on ${host.name}|${host.name}: |^task .*\\n`, "gm"), "")
    .replaceAll(/ ?\(\d.*?\)|(?<=keyed:)[0-9a-f]+/g, "");
}

interface Event {
  readonly type: string;
  readonly address?: string;
  readonly outcome?: { readonly action: string; readonly changed: boolean; readonly changes: unknown };
}

function told({ stdout }: Output): unknown {
  const events = plain(stdout)
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Event);
  return events
    .filter(({ type }) => type === "resource_done")
    .map(({ address, outcome }) => ({ address, action: outcome?.action, changes: outcome?.changes }));
}

/** All that a case says and leaves, from plan to destroy. */
async function course(sloth: Sloth, one: Case, shell: (script: string) => Promise<string>): Promise<object> {
  await shell(`(${one.given ?? "true"}) || true`); // what the last course put back is there already
  const said: unknown[] = [];
  for (const command of ["plan", "run", "run"]) {
    const ran = await sloth([command, "--output", "json"]);
    said.push({ command, code: ran.exitCode, told: told(ran), left: await shell(LOOK) });
  }
  for (const words of [["drift"], ["destroy", "--yes"]]) {
    const ran = await sloth(["stack", ...words.slice(0, 1), "case", ...words.slice(1)]);
    said.push({
      words,
      code: ran.exitCode,
      told: plain(ran.stdout),
      left: await shell(LOOK),
    });
  }
  await shell(`${one.left ?? "true"}; ${one.away ?? "true"}; rm -rf HERE`);
  return said;
}

const LOOK = `
cd HERE; find . -printf '%p %y %m %u %g %l\\n' | sort; cat f 2>/dev/null || true
cat /etc/passwd /etc/group; find /home -printf '%p %m %u %g %l\\n' | sort
dpkg-query -W -f '\${Package} \${Version} \${Status}\\n'
find /etc/systemd /usr/lib/systemd/system -printf '%p %m %u %g %l\\n' | sort`;

/** These bring something from one machine to the other. */
const BETWEEN = new Set(["file_ops.fetch", "file_ops.download", "file_ops.unarchive"]);
const cases = { ...fileCases("", ""), ...hostCases };
for (const [name, one] of Object.entries(cases)) {
  if (BETWEEN.has(name)) continue;
  test(`${name} is the same there as here`, async () => {
    const stem = name.replace(".", "-");
    const directory = `/root/there-${stem}`;
    const shell = (script: string): Promise<string> =>
      host.shell(`mkdir -p ${directory}; SECRET=hush\n${script.replaceAll("HERE", directory)}`);
    const call = one.call.replaceAll("HERE", directory).replaceAll("SECRET", `"${one.secret ?? "hush"}"`);
    const source = `workflow{ name = "case" }\n${name}{ ${call} }\n`;
    const there = await course(await overSsh(stem, source), one, shell);
    expect(there).toEqual(await course(await onTheHost(stem, source), one, shell));
  });
}

/** What a command finds around it, how it ends, and what is said of that. */
const COMMANDS = `
workflow{ name = "around" }
local function try(name, call)
  local ok, why = pcall(exec.run, call)
  print(name, ok, ok and #why.stdout or tostring(why):gsub("\\n", " / "):gsub("^[^:]*:%d+: ", ""))
  if ok and #why.stdout < 1000 then print(why.stdout) end
end
try("mask", { cmd = "umask; touch /root/masked; mkdir /root/masked.d; stat -c %a /root/masked /root/masked.d; rm -r /root/masked*" })
try("environment", { cmd = "env | grep -v ^_= | sort" })
try("place", { cmd = "pwd; id; tty; ulimit -n" })
try("another user", { cmd = "pwd; id; env | grep -v ^_= | sort", user = "nobody", cwd = "/" })
try("much", { cmd = "head -c 60000000 /dev/zero | tr '\\\\0' x" })
try("too much", { cmd = "head -c 70000000 /dev/zero" })
try("too long", { cmd = "sleep 20", timeout = "1s" })
try("failure", { cmd = "echo one; echo two >&2; echo three >&2; exit 3" })
try("a signal", { cmd = "kill -9 $$" })
try("no such command", { argv = { "no-such-command" } })
try("no such directory", { cmd = "true", cwd = "/nowhere" })
try("no such user", { cmd = "true", user = "nobody-at-all" })
local ok, why = pcall(file_ops.copy, { content = "x", dest = "/proc/nope/x" })
print(tostring(why))
for _, kind in ipairs{ "copy", "touch", "directory", "lineinfile" } do
  local call = { dest = "/root/made-" .. kind, path = "/root/made-" .. kind, line = "x", content = "x", create = true }
  if kind == "copy" then call = { dest = call.dest, content = "x" } end
  if kind == "touch" or kind == "directory" then call = { path = call.path } end
  if kind == "lineinfile" then call = { path = call.path, line = "x", create = true } end
  file_ops[kind](call)
end
try("made", { cmd = "stat -c '%n %a %U %G' /root/made-*; rm -r /root/made-*" })`;

test("commands find the same around them, end the same and are told the same", async () => {
  const there = await (await overSsh("around", COMMANDS))(["run"]);
  const local = await (await onTheHost("around", COMMANDS))(["run"]);
  const lines = ({ stdout }: Output): readonly string[] => plain(stdout).split("\n");
  expect(lines(there)).toEqual(lines(local));
  expect(there.exitCode).toBe(local.exitCode);
});
