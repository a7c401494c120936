import { join } from "node:path";
import type { LabHost } from "../../../test/lab/host.ts";
import { installPackagesOf, settle } from "../host.ts";
import type { Command } from "../measure.ts";
import { oneByOne, ours } from "../tools/ours.ts";
import { scriptFor, secondsFor, type Counts, type Tool } from "../tools/tool.ts";
import { sources, tooLong } from "./files.ts";
import type { Bench, Entry, Workload } from "./workload.ts";

const DIRECTORY = "/root/bench";

/** First run, then with nothing to do, on a host of its own: what needs root, systemd, apt and useradd. */
export function onHost(name: string, counts: Counts): Workload {
  return {
    name,
    where: "host",
    long: true,
    async entries(cwd, bench) {
      const host = await bench.host();
      await prepare(host, counts);
      const tools = counts.packages === undefined || counts.copies !== undefined ? [ours] : [ours, oneByOne];
      const rows: Entry[] = [];
      for (const tool of [...tools, ...bench.peers]) rows.push(...(await twice(host, name, tool, counts, cwd, bench)));
      return rows;
    },
  };
}

async function prepare(host: LabHost, counts: Counts): Promise<void> {
  await host.shell(`rm -rf ${DIRECTORY}; mkdir -p ${DIRECTORY}/source ${DIRECTORY}/dest`);
  for (const { name, text } of sources(counts.copies ?? 1)) await host.write(`${DIRECTORY}/source/${name}`, text);
  await installPackagesOf(host, counts.packages ?? 0);
  const unit = "[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n";
  for (let i = 1; i <= (counts.units ?? 0); i++) await host.write(`/etc/systemd/system/bench-${i}.service`, unit);
  await host.shell("systemctl daemon-reload");
}

async function twice(
  host: LabHost,
  name: string,
  tool: Tool,
  counts: Counts,
  cwd: string,
  bench: Bench,
): Promise<readonly Entry[]> {
  const script = scriptFor(tool, counts, DIRECTORY);
  const seconds = secondsFor(tool, counts);
  const isThere = (await host.exec(["sh", "-c", `command -v ${tool.program}`])).exitCode === 0;
  if (script === undefined) bench.leaveOut(`${tool.name}: ${name} (cannot be said in it)`);
  else if (!isThere) bench.leaveOut(`${tool.name}: ${name} (it is not on the host)`);
  else if (seconds > bench.mostSeconds) bench.leaveOut(`${tool.name}: ${name} (${tooLong(seconds, bench)})`);
  if (script === undefined || !isThere || seconds > bench.mostSeconds) return [];
  const path = join(DIRECTORY, `${tool.name.replaceAll(/\W+/g, "-")}-${script.name}`);
  await host.write(path, script.text, (script.mode ?? 0o644).toString(8));
  const command: Command = {
    argv: ["nsenter", ...host.argv(tool.argv(tool.program, path, DIRECTORY)).slice(1)],
    cwd,
    env: ENVIRONMENT,
    verify: () => settle(host, verifying(counts)),
  };
  const reset = (): void => settle(host, undoing(counts));
  return [
    { group: `${name}, first run`, tool: tool.name, command: { ...command, reset } },
    { group: `${name}, nothing to do`, tool: tool.name, command },
  ];
}

const ENVIRONMENT = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  HOME: "/root",
  LANG: "C.UTF-8",
};

/** Shell that leaves the host as if nothing had ever been done. */
function undoing({ packages = 0, users = 0, groups = 0, units = 0 }: Counts): string {
  return `cd ${DIRECTORY}; rm -rf dest db db-* db.*; mkdir dest
    ${packages > 0 ? "dpkg --purge $(dpkg-query -W -f '${Package}\\n' 'bench-*' 2>/dev/null) >/dev/null 2>&1 || true" : ""}
    for i in $(seq 1 ${users}); do userdel -r bench$i 2>/dev/null || true; done
    for i in $(seq 1 ${groups}); do groupdel benchg$i 2>/dev/null || true; done
    ${units > 0 ? `systemctl -q disable --now $(seq -f bench-%g.service 1 ${units}) 2>/dev/null` : ""}`;
}

/** Shell that fails when something is missing: several of these tools end with 0 when they could not do it. */
function verifying(counts: Counts): string {
  const {
    packages = 0,
    users = 0,
    groups = 0,
    units = 0,
    copies = 0,
    templates = 0,
    directories = 0,
    links = 0,
  } = counts;
  const inDest = copies + templates + directories + links + (counts["line files"] ?? 0);
  return `test $(ls ${DIRECTORY}/dest | wc -l) = ${inDest}
    ${packages > 0 ? `test $(dpkg-query -W -f '\${db:Status-Status}\\n' 'bench-*' 2>/dev/null | grep -cx installed) = ${packages}` : ""}
    for i in $(seq 1 ${users}); do test -d /home/bench$i; getent passwd bench$i >/dev/null; done
    for i in $(seq 1 ${groups}); do getent group benchg$i >/dev/null; done
    for verb in is-active is-enabled; do ${units > 0 ? `systemctl -q $verb $(seq -f bench-%g.service 1 ${units})` : ":"}; done`;
}
