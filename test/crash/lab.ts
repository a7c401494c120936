import { addressText } from "../../src/base/address.ts";
import { Database } from "bun:sqlite";
import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LabHost } from "../lab/host.ts";
import { lab } from "../lab/lab.ts";
import type { Output } from "../lab/command.ts";
import { BINARY, run } from "../support/binary.ts";
import { chosen, type Point } from "./points.ts";

/** 30 resources on a real host: files, packages, a group, a user, a unit and whether it runs. */
const WORKFLOW = `
workflow{ name = "site" }
local changed
local function note(result) changed = changed or result.changed end
task{ name = "configure", run = function()
  changed = false
  note(file_ops.directory{ path = "/srv/crash", mode = "0750" })
  for i = 1, 22 do note(file_ops.copy{ content = ("new " .. i .. "\\n"):rep(100), dest = "/srv/crash/conf-" .. i, mode = "0644" }) end
  note(pkg.install{ name = { "lab-plain", "lab-service" } })
  note(group.create{ name = "crash", gid = 2400 })
  note(user.ensure{ name = "crash", uid = 2400, group = "crash", shell = "/bin/sh", comment = "Crash" })
  note(systemd.unit{ name = "crash.service", content = "[Service]\\nExecStart=/bin/sleep 1000\\n[Install]\\nWantedBy=multi-user.target\\n" })
  note(systemd.ensure{ name = "lab-service", state = "started", enabled = true })
  note(systemd.ensure{ name = "crash", state = "started" })
  if changed then exec.run{ cmd = "echo restart >> /root/crash/restarts" } end
end }
`;
const RESET = `
systemctl -q stop crash lab-service; systemctl -q disable lab-service; rm -f /etc/systemd/system/crash.service; systemctl daemon-reload
DEBIAN_FRONTEND=noninteractive apt-get -qq -y purge lab-plain lab-service; userdel -r crash; groupdel crash; rm -rf /srv/crash /root/crash; mkdir -p /root/crash`;
const RUN = ["/root/sloth-runner", "run", "/root/site.lua", "--db", "/root/crash/s.db", "--output", "json"];
const LOADER = "/lib64/ld-linux-x86-64.so.2";
const TRACER = [LOADER, "--library-path", "/opt/strace", "/opt/strace/strace", "-qq"];

export interface LabRow {
  readonly tried: number;
  readonly killed: number;
  readonly faults: readonly string[];
}

/** Kills a run on a host of the lab at so many writes of its journal and looks at what the next one makes of it. */
export async function killOnHost(count: number, random: () => number): Promise<LabRow> {
  await using labs = await lab(1);
  const [host] = labs.hosts;
  if (host === undefined) throw new Error("the lab has no host");
  await prepare(host);
  await host.exec(["sh", "-c", RESET]);
  const faults: string[] = [];
  let killed = 0;
  const points = chosen(await journalOf(host), count, random);
  for (const { call, when } of points) {
    await host.exec(["sh", "-c", RESET]);
    const inject = ["-e", `trace=${call}`, "-e", `inject=${call}:signal=SIGKILL:when=${when}`, "-o", "/dev/null"];
    const cut = await host.exec([...TRACER, ...inject, ...RUN]);
    if (!cut.stdout.includes('"run_done"')) killed++;
    faults.push(...(await faultsOn(host)).map((fault) => `${call} ${when}: ${fault}`));
  }
  return { tried: points.length, killed, faults };
}

/** The program, its workflow and strace with what it is linked to. */
async function prepare(host: LabHost): Promise<void> {
  await host.copyIn(BINARY, "/root/sloth-runner");
  await host.write("/root/site.lua", WORKFLOW);
  const strace = run(["sh", "-c", "command -v strace"]).stdout.trim();
  const libraries = [...run(["ldd", strace]).stdout.matchAll(/=> (\/\S+)/g)].map(([, path = ""]) => path);
  for (const path of [strace, ...libraries])
    await host.copyIn(path, `/opt/strace/${path.slice(path.lastIndexOf("/") + 1)}`);
}

async function journalOf(host: LabHost): Promise<readonly Point[]> {
  const traced = await host.exec([...TRACER, "-y", "-e", "trace=pwrite64,fsync", "-o", "/root/trace", ...RUN]);
  if (traced.exitCode !== 0) throw new Error(`the workflow fails on the host: ${traced.stdout}${traced.stderr}`);
  const counts = new Map<string, number>();
  return [...(await host.read("/root/trace")).matchAll(/^(\w+)\((.*)$/gm)].flatMap(([, call = "", rest = ""]) => {
    const when = (counts.get(call) ?? 0) + 1;
    counts.set(call, when);
    return rest.includes("/s.db") ? [{ call, when, journal: true }] : [];
  });
}

async function faultsOn(host: LabHost): Promise<readonly string[]> {
  const faults: string[] = [];
  const torn = await host.exec([
    "sh",
    "-c",
    "for f in /srv/crash/conf-*; do [ ! -e $f ] || [ $(sort -u $f | wc -l) = 1 ] && [ ! -e $f -o $(wc -l < $f 2>/dev/null || echo 0) = 100 ] || echo $f; done",
  ]);
  if (torn.stdout.trim() !== "") faults.push(`half written: ${torn.stdout}`);
  const left = await leftOn(host);
  if (left.integrity !== "ok") faults.push(`the database is damaged: ${left.integrity}`);
  const before = await restartsOn(host);
  const next = await host.exec(RUN);
  if (next.exitCode !== 0) faults.push(`the next run ended with ${next.exitCode}: ${next.stderr}${lastOf(next)}`);
  for (const address of left.inFlight) {
    const named = next.stdout.split("\n").find((line) => line.includes('"interrupted_run"')) ?? "";
    if (!named.includes(JSON.stringify(address).slice(1, -1))) faults.push(`${address} was in flight, not named`);
  }
  const after = await restartsOn(host);
  if (after === 0) faults.push("the restart that was owed did not happen");
  if (after - before > 1) faults.push(`it was restarted ${after - before} times`);
  const third = await host.exec(RUN);
  if (!/"unchanged":30\b/.test(lastOf(third))) faults.push(`a third run was not unchanged: ${lastOf(third)}`);
  if ((await restartsOn(host)) !== after) faults.push("a third run restarted again");
  return faults;
}

function lastOf({ stdout }: Output): string {
  return stdout.trimEnd().split("\n").at(-1) ?? "";
}

async function restartsOn(host: LabHost): Promise<number> {
  return Number((await host.exec(["sh", "-c", "cat /root/crash/restarts 2>/dev/null | wc -l"])).stdout.trim());
}

/** Looked at in a copy, so that nothing is made whole by looking. */
async function leftOn(host: LabHost): Promise<{ readonly integrity: string; readonly inFlight: readonly string[] }> {
  const there = `/proc/${host.leader}/root/root/crash/s.db`;
  if (!existsSync(there)) return { integrity: "ok", inFlight: [] };
  const aside = mkdtempSync(join(tmpdir(), "sloth-crash-left-"));
  try {
    for (const end of ["", "-wal"])
      if (existsSync(`${there}${end}`)) copyFileSync(`${there}${end}`, join(aside, `s.db${end}`));
    using database = new Database(join(aside, "s.db"));
    const integrity =
      database.query<{ integrity_check: string }, []>("PRAGMA integrity_check").get()?.integrity_check ?? "";
    if (database.query("SELECT 1 FROM sqlite_master WHERE name = 'changes'").get() === null)
      return { integrity, inFlight: [] };
    const sql = "SELECT host, kind, name FROM changes WHERE outcome IS NULL ORDER BY id";
    const rows = database.query<{ host: string; kind: string; name: string }, []>(sql).all();
    return { integrity, inFlight: rows.map(addressText) };
  } finally {
    rmSync(aside, { recursive: true });
  }
}
