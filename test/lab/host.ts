import { readFileSync, statSync } from "node:fs";
import { outputOf, run, until, type Output, type RunOptions } from "./command.ts";
import { childrenOf, groupOf, inside, type Namespace } from "./namespace.ts";

/** A running host. */
export class LabHost {
  readonly name: string;
  readonly address: string;
  /** Its systemd, by its number on this machine. */
  readonly leader: number;

  constructor(name: string, address: string, leader: number) {
    this.name = name;
    this.address = address;
    this.leader = leader;
  }

  /** Runs a command there as root, with a clean environment; any exit code is an answer. */
  exec(argv: readonly string[], options: RunOptions = {}): Promise<Output> {
    const env = { PATH, HOME: "/root", USER: "root", LANG: "C.UTF-8", ...options.env };
    return run(this.argv(argv), { ...options, env });
  }

  /** As `exec`, and its standard output; throws when the exit code is not zero. */
  async succeed(argv: readonly string[], options: RunOptions = {}): Promise<string> {
    return outputOf([`${this.name}:`, ...argv], await this.exec(argv, options));
  }

  async shell(script: string): Promise<string> {
    return this.succeed(["sh", "-ceu", script]);
  }

  /** Copies a file there; mode and parents as given here. */
  async copyIn(from: string, to: string): Promise<void> {
    await this.write(to, Bun.file(from), (statSync(from).mode & 0o7777).toString(8));
  }

  async write(path: string, contents: string | Uint8Array | Blob, mode = "644"): Promise<void> {
    const script = 'mkdir -p "$(dirname "$1")" && cat > "$1" && chmod "$2" "$1"';
    await this.succeed(["sh", "-c", script, "sh", path, mode], { stdin: contents });
  }

  read(path: string): Promise<string> {
    return this.succeed(["cat", path]);
  }

  /** argv here that runs a command there. */
  argv(argv: readonly string[]): readonly string[] {
    return ["nsenter", "--target", String(this.leader), "--all", "--", ...argv];
  }
}

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

export interface HostPlan {
  readonly name: string;
  readonly address: string;
  /** Layers of its file system, the uppermost first; all are only read. */
  readonly layers: readonly string[];
  readonly repository: string;
  readonly log: string;
}

const boot = `
  directory=$1 layers=$2 group=$3 name=$4 repository=$5
  mkdir -p "$directory/$name/upper" "$directory/$name/work" "$directory/$name/root" "$group"
  mountpoint -q "$directory/$name/root" || mount -t overlay overlay -o "lowerdir=$layers,upperdir=$directory/$name/upper,workdir=$directory/$name/work" "$directory/$name/root"
  echo 0 > "$group/cgroup.procs"
  exec systemd-nspawn --quiet --boot --register=no --keep-unit --network-bridge=br0 --machine="$name" \\
    --directory="$directory/$name/root" --bind-ro="$repository:/srv/repo" --console=pipe --resolv-conf=off --timezone=off`;

/** Boots a host, on what it left when it was up before, and answers when its systemd says that it is up. Its console goes to the log. */
export async function bootHost(namespace: Namespace, lab: string, plan: HostPlan): Promise<LabHost> {
  const group = `/sys/fs/cgroup/${groupOf(lab)}/${plan.name}`;
  const argv = [
    "sh",
    "-ceu",
    boot,
    "sh",
    namespace.directory,
    plan.layers.join(":"),
    group,
    plan.name,
    plan.repository,
  ];
  const log = Bun.file(plan.log);
  const nsenter = Bun.spawn([...inside(namespace, argv)], {
    stdin: "ignore",
    stdout: log,
    stderr: log,
    detached: true,
  });
  nsenter.unref();
  try {
    const leader = await until("its systemd", 60_000, () => {
      if (nsenter.exitCode !== null) throw new Error("systemd-nspawn ended");
      const nspawn = childrenOf(nsenter.pid)[0];
      return nspawn === undefined ? undefined : childrenOf(nspawn).find(isSystemd);
    });
    const host = new LabHost(plan.name, plan.address, leader);
    await until("the end of its boot", 120_000, async () => {
      const { stdout } = await host.exec(["systemctl", "is-system-running", "--wait"]);
      return /^(running|degraded)/.test(stdout) || undefined;
    });
    return host;
  } catch (error) {
    const said = (await log.text()).trim().split("\n").slice(-20).join("\n");
    throw new Error(`${plan.name} did not start\n${said}`, { cause: error });
  }
}

/** systemd-nspawn's own helpers come and go before it. */
function isSystemd(pid: number): boolean {
  return readFileSync(`/proc/${pid}/comm`, "utf8") === "systemd\n";
}
