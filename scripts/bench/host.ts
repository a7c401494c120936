import { lab, type Lab } from "../../test/lab/lab.ts";
import type { LabHost } from "../../test/lab/host.ts";
import { peers } from "./tools.ts";
import { versionIn, type Tool } from "./tools/tool.ts";

/** A real Debian with the program and its peers on it, started when it is first asked for; it ends with this process. */
export class BenchHost {
  readonly #program: string;
  #lab: Lab | undefined;
  #host: Promise<LabHost> | undefined;

  constructor(program: string) {
    this.#program = program;
  }

  async open(): Promise<LabHost> {
    this.#host ??= this.#start();
    try {
      return await this.#host;
    } catch (error) {
      this.#host = undefined; // the next to ask tries again
      throw error;
    }
  }

  /** Those of the host are Debian's, whatever is installed here; undefined when it was not asked for. */
  async versions(tools: readonly Tool[]): Promise<readonly string[] | undefined> {
    const host = await this.#host;
    if (host === undefined) return undefined;
    const said = tools.map(async ({ name, program, version }) => {
      const { exitCode, stdout } = await host.exec(["sh", "-c", '"$@"', "sh", program, ...version]);
      return exitCode === 0 ? [`${name} ${versionIn(stdout)}`] : [];
    });
    return (await Promise.all(said)).flat();
  }

  async close(): Promise<void> {
    await this.#lab?.[Symbol.asyncDispose]();
    this.#lab = undefined;
  }

  async #start(): Promise<LabHost> {
    await this.close();
    this.#lab = await lab(["peers"]);
    const [host] = this.#lab.hosts;
    if (host === undefined) throw new Error("one host was asked for");
    await prepare(host, this.#program);
    return host;
  }
}

async function prepare(host: LabHost, program: string): Promise<void> {
  const files = peers.flatMap(({ program: name, isOneFile }) =>
    isOneFile === true ? [[name, Bun.which(name)] as const] : [],
  );
  for (const [name, path] of [["sloth-runner", program] as const, ...files])
    if (path !== null) await host.copyIn(path, `/usr/local/bin/${name}`);
  await bringPyinfra(host);
  // CFEngine renders its package modules when its own policy first runs; here they are by hand.
  await host.shell(`modules=/usr/share/cfengine3/masterfiles/modules/packages/vendored
    mkdir -p /var/lib/cfengine3/modules/packages
    sed '1s|{{{.*}}}|/usr/bin/python3|' $modules/apt_get.mustache > /var/lib/cfengine3/modules/packages/apt_get
    chmod 755 /var/lib/cfengine3/modules/packages/apt_get`);
}

/** Debian has no package of it: what pip installed here, for the host's own Python where that is of the same version. */
async function bringPyinfra(host: LabHost): Promise<void> {
  const path = Bun.which("pyinfra");
  if (path === null) return;
  const [first = ""] = (await Bun.file(path).text()).split("\n");
  const ask =
    "import pyinfra, os, sys; print(sys.version_info[:2], os.path.dirname(os.path.dirname(pyinfra.__file__)), sep='\\n')";
  const { success, stdout } = Bun.spawnSync([first.replace("#!", ""), "-c", ask]);
  const [version, directory = ""] = stdout.toString().split("\n");
  const there = await host.shell("python3 -c 'import sys; print(sys.version_info[:2])'");
  if (!success || there.trim() !== version) return;
  const packed = Bun.spawnSync(["tar", "-C", directory, "--exclude=ansible*", "-cf", "-", "."]);
  await host.write("/opt/pyinfra.tar", packed.stdout);
  await host.shell("mkdir /opt/pyinfra; tar -C /opt/pyinfra -xf /opt/pyinfra.tar; rm /opt/pyinfra.tar");
  const run = '#!/bin/sh\nPYTHONPATH=/opt/pyinfra exec /usr/bin/python3 -m pyinfra "$@"\n';
  await host.write("/usr/local/bin/pyinfra", run, "755");
}

/** A repository of packages bench-1, bench-2, … with one small file each, known to the host's apt. */
export async function installPackagesOf(host: LabHost, count: number): Promise<void> {
  if (count === 0) return;
  await host.shell(`rm -rf /srv/bench; mkdir -p /srv/bench/tree/DEBIAN; cd /srv/bench
    for i in $(seq 1 ${count}); do
      mkdir -p tree/usr/share/bench-$i; echo $i > tree/usr/share/bench-$i/number
      printf 'Package: bench-%s\\nVersion: 1.0\\nArchitecture: all\\nMaintainer: bench <bench@example.org>\\nDescription: number %s\\n' $i $i > tree/DEBIAN/control
      dpkg-deb --root-owner-group -Znone --build tree bench-$i.deb >/dev/null
      cat tree/DEBIAN/control
      printf 'Filename: ./bench-%s.deb\\nSize: %s\\nSHA256: %s\\n\\n' $i $(stat -c %s bench-$i.deb) $(sha256sum bench-$i.deb | cut -d' ' -f1)
      rm -r tree/usr
    done > Packages
    echo 'deb [trusted=yes] file:/srv/bench ./' > /etc/apt/sources.list
    apt-get -q update >/dev/null`);
}

/** Runs a script there, and throws when it fails; waits, so that nothing of it is left when the next thing is measured. */
export function settle(host: LabHost, script: string): void {
  const { success, stderr } = Bun.spawnSync([...host.argv(["sh", "-ceu", script])], {
    stdin: "ignore",
    stdout: "ignore",
  });
  if (!success) throw new Error(`on the host: ${stderr.toString().trim() || "what was to be there is not all there"}`);
}
