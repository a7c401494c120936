import { type Dirent, readFileSync, readdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { until } from "./command.ts";
import { makeBridge } from "./network.ts";

/**
 * Mount, process and network namespaces of one lab. All that a lab starts, mounts and plugs is inside, so the kernel takes it
 * away with the first process of it, however that ends.
 */
export interface Namespace {
  /** Our process of unshare(1): the one to kill. */
  readonly outer: number;
  /** The first process inside, by its number here. */
  readonly init: number;
  /** A tmpfs inside; its path also marks the processes as this lab's. */
  readonly directory: string;
}

// The hierarchy is mounted anew so that hosts see cgroup v2 alone, also where this machine still has v1 beside it.
const prepare = `
  umount --recursive /sys/fs/cgroup
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
  mkdir -p /run/systemd
  mount -t tmpfs tmpfs /run/systemd
  mount -t tmpfs tmpfs "$1"
  ${makeBridge}
  echo ready`;

/** An owned one lives as long as this process, however it ends; another until it is killed. */
export async function startNamespace(directory: string, owned: boolean): Promise<Namespace> {
  const unshare = ["unshare", "--mount", "--pid", "--net", "--fork", "--kill-child", "--mount-proc"];
  const hold = owned ? "exec cat >/dev/null" : "exec sleep infinity >/dev/null 2>&1 </dev/null";
  const argv = [...unshare, "--propagation", "private", "sh", "-ceu", `${prepare}\n${hold}`, "sh", directory];
  const child = Bun.spawn(argv, {
    stdin: owned ? "pipe" : "ignore",
    stdout: "pipe",
    stderr: "inherit",
    detached: true,
  });
  child.unref();
  const { value } = await child.stdout.getReader().read();
  if (value === undefined) throw new Error(`the lab's namespaces could not be made (exit code ${await child.exited})`);
  const init = await until("the first process of the lab", 30_000, () => childrenOf(child.pid)[0]);
  return { outer: child.pid, init, directory };
}

/** Ends it, where it still runs, and removes the control groups that the kernel leaves. */
export async function endNamespace(outer: number | undefined, name: string): Promise<void> {
  if (outer !== undefined) process.kill(outer, "SIGKILL");
  const groups = controlGroup(name);
  await until("the lab's end", 60_000, () => removeGroups(groups) || undefined);
}

/** argv that runs a command inside. */
export function inside(namespace: Namespace, argv: readonly string[]): readonly string[] {
  return ["nsenter", "--target", String(namespace.init), "--mount", "--pid", "--net", "--", ...argv];
}

export function childrenOf(pid: number): readonly number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
}

/** Whether that process is the lab's: numbers are used again. */
export function isRunning(outer: number, directory: string): boolean {
  try {
    return readFileSync(`/proc/${outer}/cmdline`, "utf8").split("\0").includes(directory);
  } catch {
    return false;
  }
}

/** Name of a lab's control group; those of its hosts are below. */
export function groupOf(lab: string): string {
  return `sloth-lab-${lab}`;
}

/** As this machine sees it. */
function controlGroup(name: string): string {
  const mounts = readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" "));
  const root = mounts.find(([, , type]) => type === "cgroup2")?.[1] ?? "/sys/fs/cgroup";
  return join(root, groupOf(name));
}

/** False while a process is still in one. */
function removeGroups(directory: string): boolean {
  let entries: readonly Dirent[];
  try {
    entries = readdirSync(directory, { withFileTypes: true });
  } catch {
    return true;
  }
  const emptied = entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => removeGroups(join(directory, entry.name)));
  if (emptied.includes(false)) return false;
  try {
    rmdirSync(directory);
    return true;
  } catch {
    return false;
  }
}
