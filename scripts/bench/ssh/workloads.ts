import { appendFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "../measure.ts";
import type { Entry, Tools, Workload } from "../workloads.ts";
import { onEach, sshHosts, farHost } from "./hosts.ts";
import { remotePeers } from "./peers.ts";

const OURS = "sloth-runner";
const DEST = "/srv/bench";

/** What is done on other hosts, over the ssh of a lab of real ones. */
export const sshWorkloads: readonly Workload[] = [
  { name: "ssh, 3 hosts x 30 copies", where: "host", long: true, entries: threeHosts },
  { name: "ssh, 20 hosts", where: "host", long: true, entries: twentyHosts },
  { name: "ssh, 300 ms of round trip", where: "host", long: true, entries: roundTrips },
  { name: "ssh, 1 GiB against scp", where: "host", long: true, entries: gigabyte },
];

async function threeHosts(directory: string, tools: Tools): Promise<readonly Entry[]> {
  const lab = await sshHosts();
  const { hosts } = lab;
  const work = {
    directory,
    source: sources(directory, 30),
    dest: DEST,
    count: 30,
    hosts: hosts.map(({ name }) => name),
    sshConfig: lab.sshConfig,
  };
  const workflow = { hosts: work.hosts, count: work.count };
  const argv = ours(directory, tools, lab.sshConfig, copying(workflow));
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
    if (known === undefined) tools.leaveOut(`${name} over ssh (${install})`);
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

/**
 * Ours alone: what 20 hosts cost beyond one, each with its own work, and all together with no more of it. They are names of three
 * machines: each is a connection, a login and a far end of its own.
 */
async function twentyHosts(directory: string, tools: Tools): Promise<readonly Entry[]> {
  const lab = await sshHosts();
  sources(directory, 30);
  onEach(lab.hosts, `rm -rf ${DEST}; mkdir -p ${DEST}`);
  const names = Array.from({ length: 20 }, (_, i) => `n${i}`);
  const entries = names.map((name, i) => `${name} = { address = "h${(i % lab.hosts.length) + 1}" }`);
  const rows = {
    "1 host x 1 copy": { hosts: names.slice(0, 1), count: 1 },
    "20 hosts x 1 copy": { hosts: names, count: 1 },
    "1 host x 600 copies": { hosts: names.slice(0, 1), count: 600 },
    "20 hosts x 30 copies": { hosts: names, count: 30 },
  };
  return Object.entries(rows).map(([name, workflow]) => {
    const text = `hosts{ ${entries.join(", ")} }\n${copying(workflow)}`;
    const argv = ours(directory, tools, lab.sshConfig, text, name.replaceAll(" ", "-"));
    settle({ argv, cwd: directory });
    return row("20 hosts over ssh at once, nothing to do", `${OURS}, ${name}`, { argv, cwd: directory });
  });
}

/** The first row is what connecting takes, and one resource. */
async function roundTrips(directory: string, tools: Tools): Promise<readonly Entry[]> {
  const lab = await sshHosts();
  const { near, far } = farHost(lab, directory);
  sources(directory, 30);
  onEach(lab.hosts.slice(0, 1), `rm -rf ${DEST}; mkdir -p ${DEST}`);
  const together = `local list = {}\nfor i = 1, 100 do list[i] = i end\ngoroutine.map(list, function(i) ${copy("far")} end, { limit = 100 })\n`;
  const rows = {
    "1 resource": copying({ hosts: ["far"], count: 1 }),
    "100 resources, one by one": copying({ hosts: ["far"], count: 100 }),
    "100 resources in goroutine.map": together,
  };
  return Object.entries(rows).map(([name, text]) => {
    const file = name.replaceAll(/\W+/g, "-");
    settle({ argv: ours(directory, tools, near, text, file), cwd: directory });
    const argv = ours(directory, tools, far, text, file);
    return row("300 ms of round trip, nothing to do", `${OURS}, ${name}`, { argv, cwd: directory });
  });
}

async function gigabyte(directory: string, tools: Tools): Promise<readonly Entry[]> {
  const lab = await sshHosts();
  const hosts = lab.hosts.slice(0, 1);
  const [small, large] = [join(directory, "small"), join(directory, "large")];
  writeFileSync(small, "small\n");
  const piece = Buffer.alloc(1 << 26, "a gigabyte of something ");
  for (let i = 0; i < 16; i++) appendFileSync(large, piece);
  const put = (src: string, name: string): Command["argv"] =>
    ours(
      directory,
      tools,
      lab.sshConfig,
      `file_ops.copy{ src = "${src}", dest = "${DEST}/f", delegate_to = "h1" }\n`,
      name,
    );
  const reset = (): void => onEach(hosts, `rm -rf ${DEST}; mkdir -p ${DEST}`);
  settle({ argv: put(small, "small"), cwd: directory, reset });
  const rows: Readonly<Record<string, Command["argv"]>> = {
    [OURS]: put(large, "large"),
    scp: ["scp", "-q", "-F", lab.sshConfig, large, `h1:${DEST}/f`],
    [`${OURS}, a small file`]: put(small, "small"),
  };
  return Object.entries(rows).map(([tool, argv]) => row("1 GiB over ssh", tool, { argv, cwd: directory, reset }));
}

function row(group: string, tool: string, command: Command): Entry {
  return { group, tool, command };
}

/** Runs it for what it leaves. */
function settle({ argv, cwd, reset }: Command): void {
  reset?.();
  const { success, stderr } = Bun.spawnSync([...argv], { cwd, stdin: "ignore", stdout: "ignore" });
  if (!success) throw new Error(stderr.toString());
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
  { program }: Tools,
  sshConfig: string,
  text: string,
  name = "copies",
): Command["argv"] {
  const file = join(directory, `${name}.lua`);
  writeFileSync(file, text);
  return [program, "run", "--db", "db", "--ssh-config", sshConfig, file];
}

function sources(directory: string, count: number): string {
  const source = join(directory, "source");
  mkdirSync(source);
  for (let i = 1; i <= count; i++)
    writeFileSync(join(source, `f${i}.conf`), `file ${i}\n${"setting = value\n".repeat(14)}`);
  return source;
}

/** As if nothing had ever been run here. */
function forget(directory: string): void {
  for (const suffix of ["", "-wal", "-shm", ".key", ".locks"])
    rmSync(join(directory, `db${suffix}`), { recursive: true, force: true });
}
