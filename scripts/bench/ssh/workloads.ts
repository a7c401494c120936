import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { settled, type Command } from "../measure.ts";
import { forget, plant } from "../workloads/files.ts";
import { plantGigabyte } from "../workloads/gigabyte.ts";
import { OURS, written, type Bench, type Entry, type Workload } from "../workloads/workload.ts";
import { farHost, onEach, sshHosts } from "./hosts.ts";
import { remotePeers } from "./peers.ts";

const DEST = "/srv/bench";

/** What is done on other hosts, over the ssh of a lab of real ones. */
export const sshWorkloads: readonly Workload[] = [
  { name: "ssh, 3 hosts x 30 copies", where: "host", long: true, entries: threeHosts },
  { name: "ssh, 20 hosts", where: "host", long: true, entries: twentyHosts },
  { name: "ssh, 300 ms of round trip", where: "host", long: true, entries: roundTrips },
  { name: "ssh, 1 GiB against scp", where: "host", long: true, entries: gigabyte },
];

async function threeHosts(directory: string, bench: Bench): Promise<readonly Entry[]> {
  const lab = await sshHosts();
  const hosts = lab.hosts.slice(0, 3);
  plant(directory, { copies: 30 });
  const work = {
    directory,
    source: join(directory, "source"),
    dest: DEST,
    count: 30,
    hosts: hosts.map(({ name }) => name),
    sshConfig: lab.sshConfig,
  };
  const workflow = { hosts: work.hosts, count: work.count };
  const argv = ours(directory, bench, lab.sshConfig, copying(workflow));
  const clear = (): void => {
    onEach(hosts, `rm -rf ${DEST}; mkdir -p ${DEST}`);
    forget(directory);
  };
  const strange = (): void => {
    onEach(hosts, "rm -rf /root/.cache/sloth-runner");
    clear();
  };
  const others = remotePeers.flatMap(({ name, install, argv: argvOf }) => {
    const known = argvOf(work);
    if (known === undefined) bench.leaveOut(`${name}: over ssh: not installed (${install})`);
    return known === undefined ? [] : [{ name, argv: known }];
  });
  const all: readonly Runner[] = [{ name: OURS, argv }, ...others];
  const [first, again] = ["3 hosts x 30 copies over ssh, first run", "3 hosts x 30 copies over ssh, nothing to do"];
  return [
    row(first, `${OURS}, which is not there yet`, { argv, cwd: directory, reset: strange }),
    ...all.flatMap((tool) => [
      row(first, tool.name, { argv: tool.argv, cwd: directory, reset: clear }),
      row(again, tool.name, { argv: tool.argv, cwd: directory }),
    ]),
  ];
}

interface Runner {
  readonly name: string;
  readonly argv: Command["argv"];
}

/** Ours alone: what 20 hosts cost beyond one, each with its own work, and all together with no more of it. */
async function twentyHosts(directory: string, bench: Bench): Promise<readonly Entry[]> {
  const lab = await sshHosts();
  const names = lab.hosts.map(({ name }) => name);
  plant(directory, { copies: 30 });
  onEach(lab.hosts, `rm -rf ${DEST}; mkdir -p ${DEST}`);
  const rows = {
    "1 host x 1 copy": { hosts: names.slice(0, 1), count: 1 },
    "20 hosts x 1 copy": { hosts: names, count: 1 },
    "1 host x 600 copies": { hosts: names.slice(0, 1), count: 600 },
    "20 hosts x 30 copies": { hosts: names, count: 30 },
  };
  return settledRows(
    "20 hosts over ssh at once, nothing to do",
    directory,
    Object.entries(rows).map(([name, workflow]) => {
      return [name, ours(directory, bench, lab.sshConfig, copying(workflow), name.replaceAll(" ", "-"))] as const;
    }),
  );
}

/** The first row is what connecting takes, and one resource. */
async function roundTrips(directory: string, bench: Bench): Promise<readonly Entry[]> {
  const lab = await sshHosts();
  const { near, far } = farHost(lab, directory);
  plant(directory, { copies: 30 });
  onEach(lab.hosts.slice(0, 1), `rm -rf ${DEST}; mkdir -p ${DEST}`);
  const together = `local list = {}\nfor i = 1, 100 do list[i] = i end\ngoroutine.map(list, function(i) ${copy("far")} end, { limit = 100 })\n`;
  const rows = {
    "1 resource": copying({ hosts: ["far"], count: 1 }),
    "100 resources, one by one": copying({ hosts: ["far"], count: 100 }),
    "100 resources in goroutine.map": together,
  };
  const entries: Entry[] = [];
  for (const [name, text] of Object.entries(rows)) {
    const argv = (config: string): Command["argv"] =>
      ours(directory, bench, config, text, name.replaceAll(/\W+/g, "-"));
    await settled({ argv: argv(near), cwd: directory }); // so that there is nothing to do, and a record of it
    entries.push(row("300 ms of round trip, nothing to do", `${OURS}, ${name}`, { argv: argv(far), cwd: directory }));
  }
  return entries;
}

async function gigabyte(directory: string, bench: Bench): Promise<readonly Entry[]> {
  const lab = await sshHosts();
  const hosts = lab.hosts.slice(0, 1);
  const [small, large] = [join(directory, "small"), join(directory, "large")];
  writeFileSync(small, "small\n");
  plantGigabyte(large);
  const put = (src: string, name: string): Command["argv"] =>
    ours(
      directory,
      bench,
      lab.sshConfig,
      `file_ops.copy{ src = "${src}", dest = "${DEST}/f", delegate_to = "h1" }\n`,
      name,
    );
  const reset = (): void => onEach(hosts, `rm -rf ${DEST}; mkdir -p ${DEST}`);
  await settled({ argv: put(small, "small"), cwd: directory, reset });
  const rows: Readonly<Record<string, Command["argv"]>> = {
    [OURS]: put(large, "large"),
    scp: ["scp", "-q", "-F", lab.sshConfig, large, `h1:${DEST}/f`],
    [`${OURS}, a small file`]: put(small, "small"),
  };
  return Object.entries(rows).map(([tool, argv]) => row("1 GiB over ssh", tool, { argv, cwd: directory, reset }));
}

/** Each was run once before, so that it finds nothing to do. */
async function settledRows(
  group: string,
  cwd: string,
  commands: readonly (readonly [name: string, argv: Command["argv"]])[],
): Promise<readonly Entry[]> {
  const entries = commands.map(([name, argv]) => row(group, `${OURS}, ${name}`, { argv, cwd }));
  for (const { command } of entries) await settled(command);
  return entries;
}

function row(group: string, tool: string, command: Command): Entry {
  return { group, tool, command };
}

function copying({ hosts, count }: { readonly hosts: readonly string[]; readonly count: number }): string {
  const names = hosts.map((name) => `"${name}"`).join(", ");
  return `goroutine.map({ ${names} }, function(host)\n  for i = 1, ${count} do ${copy("host", true)} end\nend, { limit = 20 })\n`;
}

/** A call for file `i`; those beyond the 30 there are have the same contents. */
function copy(host: string, isVariable = false): string {
  const at = isVariable ? host : `"${host}"`;
  return `file_ops.copy{ src = "source/f" .. (i - 1) % 30 + 1 .. ".conf", dest = "${DEST}/f" .. i .. ".conf", mode = "0644", delegate_to = ${at} }`;
}

function ours(
  directory: string,
  { program }: Bench,
  sshConfig: string,
  text: string,
  name = "copies",
): Command["argv"] {
  const file = written(directory, { name: `${name}.lua`, text });
  return [program, "run", "--db", "db", "--ssh-config", sshConfig, file];
}
