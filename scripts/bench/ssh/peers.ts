import { realpathSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Lab } from "../../../test/lab/lab.ts";

/** Files to be copied to each of some hosts of a lab. */
interface RemoteCopies {
  readonly directory: string;
  readonly source: string;
  readonly dest: string;
  readonly count: number;
  readonly hosts: readonly string[];
  readonly sshConfig: Lab["sshConfig"];
}

/** Another tool that does the same work over ssh, as its users would have it. */
export interface RemotePeer {
  readonly name: string;
  readonly install: string;
  /** Writes what it reads and answers how it is run; undefined when it is not installed. */
  readonly argv: (work: RemoteCopies) => readonly [string, ...string[]] | undefined;
}

export const remotePeers: readonly RemotePeer[] = [
  {
    name: "Ansible, pipelining",
    install: "pip install ansible-core",
    argv: (work) => ansible(work, "pipelining", "[ssh_connection]\npipelining = true\n"),
  },
  {
    name: "Ansible, Mitogen",
    install: "pip install ansible-core mitogen",
    argv(work) {
      const plugins = mitogen();
      if (plugins === undefined) return undefined;
      return ansible(work, "mitogen", `[defaults]\nstrategy_plugins = ${plugins}\nstrategy = mitogen_linear\n`);
    },
  },
  { name: "pyinfra", install: "pip install pyinfra", argv: pyinfra },
];

function ansible(work: RemoteCopies, name: string, configuration: string): readonly [string, ...string[]] | undefined {
  if (Bun.which("ansible-playbook") === null) return undefined;
  const { directory, source, dest, count, hosts, sshConfig } = work;
  const copy = { src: `${source}/f{{ item }}.conf`, dest: `${dest}/f{{ item }}.conf`, mode: "0644" };
  const tasks = [{ "ansible.builtin.copy": copy, loop: `{{ range(1, ${count + 1}) | list }}` }];
  const variables = {
    ansible_user: "root",
    ansible_python_interpreter: "/usr/bin/python3",
    ansible_ssh_common_args: `-F ${sshConfig}`,
  };
  const inventory = { all: { hosts: Object.fromEntries(hosts.map((host) => [host, {}])), vars: variables } };
  const file = (suffix: string): string => join(directory, `${name}.${suffix}`);
  writeFileSync(file("cfg"), configuration);
  writeFileSync(file("yml"), JSON.stringify([{ hosts: "all", gather_facts: false, tasks }]));
  writeFileSync(file("inventory.json"), JSON.stringify(inventory));
  return ["env", `ANSIBLE_CONFIG=${file("cfg")}`, "ansible-playbook", "-i", file("inventory.json"), file("yml")];
}

/** Where Mitogen keeps its strategies, asked of the Python that Ansible runs with. */
function mitogen(): string | undefined {
  const program = Bun.which("ansible-playbook");
  if (program === null) return undefined;
  const python = join(dirname(realpathSync(program)), "python3");
  const ask = "import ansible_mitogen, os; print(os.path.dirname(ansible_mitogen.__file__))";
  const { success, stdout } = Bun.spawnSync([python, "-c", ask], { stderr: "ignore" });
  return success ? join(stdout.toString().trim(), "plugins/strategy") : undefined;
}

function pyinfra(work: RemoteCopies): readonly [string, ...string[]] | undefined {
  if (Bun.which("pyinfra") === null) return undefined;
  const { directory, source, dest, count, hosts, sshConfig } = work;
  const put = `files.put(src=f"${source}/f{i}.conf", dest=f"${dest}/f{i}.conf", mode="644")`;
  const deploy = `from pyinfra.operations import files\nfor i in range(1, ${count + 1}):\n    ${put}\n`;
  const inventory = `hosts = (${JSON.stringify(hosts)}, {"ssh_config_file": "${sshConfig}", "ssh_user": "root"})\n`;
  writeFileSync(join(directory, "deploy.py"), deploy);
  writeFileSync(join(directory, "inventory.py"), inventory);
  return ["pyinfra", "-y", join(directory, "inventory.py"), join(directory, "deploy.py")];
}
