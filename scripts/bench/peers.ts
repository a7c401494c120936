import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "./measure.ts";

/** N files to be copied, one resource each, mode 0644. */
export interface Copies {
  readonly directory: string;
  readonly source: string;
  readonly dest: string;
  readonly count: number;
}

/** Another tool that does the same work. */
export interface Peer {
  readonly name: string;
  readonly program: string;
  readonly install: string;
  readonly version: readonly string[];
  /** More than this many would take it minutes. */
  readonly most: number;
  /** Writes what it reads and answers how it is run. */
  copies(work: Copies): Command["argv"];
}

export const peers: readonly Peer[] = [
  {
    name: "CFEngine",
    program: "cf-agent",
    install: "apt-get install cfengine3",
    version: ["--version"],
    most: 10_000,
    copies({ directory, source, dest, count }) {
      const file = written(directory, "copies.cf", cfengine(source, dest, count), 0o600);
      return ["cf-agent", "-K", "-f", file];
    },
  },
  {
    name: "Puppet",
    program: "puppet",
    install: "apt-get install puppet-agent",
    version: ["--version"],
    most: 1000,
    copies({ directory, source, dest, count }) {
      const resource = `file { "${dest}/f\${i}.conf": ensure => file, source => "${source}/f\${i}.conf", mode => '0644', checksum => 'sha256' }`;
      return ["puppet", "apply", written(directory, "copies.pp", `Integer[1, ${count}].each |$i| { ${resource} }\n`)];
    },
  },
  {
    name: "pyinfra",
    program: "pyinfra",
    install: "pip install pyinfra",
    version: ["--version"],
    most: 300,
    copies({ directory, source, dest, count }) {
      const put = `files.put(src=f"${source}/f{i}.conf", dest=f"${dest}/f{i}.conf", mode="644")`;
      const text = `from pyinfra.operations import files\nfor i in range(1, ${count + 1}):\n    ${put}\n`;
      return ["pyinfra", "-y", "@local", written(directory, "copies.py", text)];
    },
  },
  {
    name: "Ansible",
    program: "ansible-playbook",
    install: "apt-get install ansible-core",
    version: ["--version"],
    most: 30,
    copies({ directory, source, dest, count }) {
      const item = "f{{ item }}.conf";
      const task = { src: `${source}/${item}`, dest: `${dest}/${item}`, mode: "0644" };
      const tasks = [{ "ansible.builtin.copy": task, with_sequence: `start=1 end=${count}` }];
      const play = [{ hosts: "localhost", connection: "local", gather_facts: false, tasks }];
      return ["ansible-playbook", "-i", "localhost,", written(directory, "copies.yml", JSON.stringify(play))];
    },
  },
];

function cfengine(source: string, dest: string, count: number): string {
  return `bundle agent main
{
  vars: "n" slist => { expandrange("[1-${count}]", 1) };
  files: "${dest}/f$(n).conf" copy_from => here("${source}/f$(n).conf"), perms => plain;
}
body copy_from here(from) { source => "$(from)"; compare => "digest"; copy_backup => "false"; }
body perms plain { mode => "644"; rxdirs => "false"; }
`;
}

function written(directory: string, name: string, text: string, mode = 0o644): string {
  const path = join(directory, name);
  writeFileSync(path, text, { mode });
  return path;
}

/** First line of what it says of itself. */
export function versionOf(peer: Peer): string {
  const { stdout } = Bun.spawnSync([peer.program, ...peer.version], { stdin: "ignore", stderr: "ignore" });
  const [line = ""] = stdout.toString().trim().split("\n");
  return /\d+(?:\.\d+)+/.exec(line)?.[0] ?? line;
}
