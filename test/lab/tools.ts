import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { run, succeed } from "./command.ts";

/** What the lab runs on this machine, and the Debian package that has it. */
const needed: ReadonlyMap<string, string> = new Map([
  ["mmdebstrap", "mmdebstrap"],
  ["systemd-nspawn", "systemd-container"],
  ["ip", "iproute2"],
  ["ssh", "openssh-client"],
  ["ssh-keygen", "openssh-client"],
  ["unshare", "util-linux"],
  ["nsenter", "util-linux"],
  ["flock", "util-linux"],
]);

const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

export function isRoot(): boolean {
  return process.geteuid?.() === 0;
}

/** Installs what is missing, or says what to install. */
export async function ensureTools(): Promise<void> {
  if (process.platform !== "linux") throw new Error("the lab needs Linux");
  if (!isRoot()) throw new Error("the lab needs root: it makes namespaces, mounts and a bridge");
  const missing = missingPackages();
  if (missing.length === 0) return;
  if (Bun.which("apt-get") === null)
    throw new Error(`the lab needs ${missing.join(", ")}, and there is no apt-get here to install them`);
  console.error(`lab: installing ${missing.join(", ")}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const install = ["apt-get", "install", "--yes", "--no-install-recommends", ...missing];
  if ((await run(install, { env })).exitCode === 0) return;
  await succeed(["apt-get", "update"], { env }); // an old index names versions that are gone
  await succeed(install, { env });
}

/** The systemd of each host takes some of root's inotify instances, of which a kernel gives 128: enough for a dozen hosts. */
export function allowInstances(): void {
  const limit = "/proc/sys/fs/inotify/max_user_instances";
  if (Number(readFileSync(limit, "utf8")) < 1024) writeFileSync(limit, "1024\n");
}

function missingPackages(): readonly string[] {
  const missing = [...needed].filter(([program]) => Bun.which(program) === null).map(([, name]) => name);
  if (!existsSync(KEYRING)) missing.push("debian-archive-keyring");
  return [...new Set(missing)];
}
