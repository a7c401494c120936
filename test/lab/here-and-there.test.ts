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
import { labOfOne, type Lab } from "./lab.ts";
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
  [hosts, host] = await labOfOne();
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

/** What is only looked at, and what is refused. */
const LOOKS_AND_REFUSALS = `
workflow{ name = "looks" }
local function try(name, call, ...)
  local ok, answer = pcall(call, ...)
  print(name, ok, (ok and json.encode(answer, { sorted = true }) or tostring(answer):gsub("\\n", " / "):gsub("^[^:]*:%d+: ", "")))
end
local at = "/root/looks/"
for _, name in ipairs{ "file", "link", "dangling", "fifo", "d", "none", "file/below" } do
  try("stat " .. name, file_ops.stat, { path = at .. name })
  try("stat itself " .. name, file_ops.stat, { path = at .. name, follow = false })
  try("exists " .. name, fs.exists, at .. name)
  try("list " .. name, fs.list, at .. name)
  try("read " .. name, fs.read, at .. name)
end
try("bytes", function() return #fs.read(at .. "bytes") end)
for _, name in ipairs{ "root", "nobody", "nobody-at-all" } do
  try("user " .. name, user.info, name)
  try("is there " .. name, user.exists, name)
end
for _, name in ipairs{ "dpkg", "no-such-package" } do
  try("installed " .. name, pkg.is_installed, name)
  try("version " .. name, pkg.version, name)
end
try("manager", pkg.manager)
for _, name in ipairs{ "ssh", "no-such-unit" } do try("status " .. name, systemd.status, name) end
local refused = {
  { "copy over a directory", file_ops.copy, { content = "x", dest = at .. "d" } },
  { "copy over a fifo", file_ops.copy, { content = "x", dest = at .. "fifo" } },
  { "copy to nowhere", file_ops.copy, { content = "x", dest = at .. "none/x" } },
  { "copy of nobody's", file_ops.copy, { content = "x", dest = at .. "file", owner = "nobody-at-all" } },
  { "copy refused", file_ops.copy, { content = "x", dest = at .. "file", validate = "false %s" } },
  { "directory over a file", file_ops.directory, { path = at .. "file" } },
  { "link over a file", file_ops.symlink, { src = at .. "d", dest = at .. "file" } },
  { "link to nothing", file_ops.symlink, { src = at .. "none", dest = at .. "new" } },
  { "hard link of a directory", file_ops.hardlink, { src = at .. "d", dest = at .. "new" } },
  { "attributes of nothing", file_ops.attributes, { path = at .. "none", mode = "0600" } },
  { "mode of a link", file_ops.attributes, { path = at .. "link", mode = "0600", follow = false } },
  { "line of nothing", file_ops.lineinfile, { path = at .. "none", line = "x" } },
  { "line of a directory", file_ops.lineinfile, { path = at .. "d", line = "x" } },
  { "again and again", file_ops.replace, { path = at .. "file", regexp = "t", replacement = "tt" } },
  { "a slow pattern", file_ops.lineinfile, { path = at .. "file", regexp = "^(t|t|e)+!$", line = "x" } },
  { "the system", file_ops.remove, { path = "/proc/1" } },
  { "a missing archive", file_ops.unarchive, { src = at .. "none.tar", dest = at .. "d" } },
  { "no such group", user.ensure, { name = "looks", group = "no-such-group" } },
  { "no such user", user.modify, { name = "no-such-user", shell = "/bin/sh" } },
  { "a name", user.ensure, { name = "no such name" } },
  { "a group in use", group.delete, { name = "root" } },
  { "a package", pkg.install, { name = "no-such-package" } },
  { "a version", pkg.install, { name = "dpkg", version = "0.0.1" } },
  { "a unit", systemd.start, { name = "no-such-unit" } },
  { "a unit file", systemd.unit, { name = "looks.service", content = "[Servic]\\nExecStart=/bin/true\\n" } },
}
for _, one in ipairs(refused) do try(one[1], function() return one[2](one[3]).action end) end`;

const GROUND = `
rm -rf /root/looks; mkdir -p /root/looks/d/full; cd /root/looks
echo text > file; printf 'caf\\351' > bytes; ln -s file link; ln -s none dangling; mkfifo fifo; echo x > d/full/x
chmod 640 file; touch -d @1 file d d/full`;

test("what is looked at and what is refused is told the same, in a plan and in a run", async () => {
  const [there, local] = [await overSsh("looks", LOOKS_AND_REFUSALS), await onTheHost("looks", LOOKS_AND_REFUSALS)];
  const course = async (sloth: Sloth, command: string): Promise<unknown> => {
    await host.shell(GROUND);
    const { exitCode, stdout } = await sloth([command]);
    const left = await host.shell("cd /root/looks; find . -printf '%P %y %m %u %g %l\n' | sort; rm -rf /root/looks");
    return {
      exitCode,
      left,
      said: plain(stdout)
        .replaceAll(/"([acm]time|inode)":[\d.]+,/g, "")
        .split("\n"),
    };
  };
  for (const command of ["plan", "run"]) expect(await course(there, command)).toEqual(await course(local, command));
});
