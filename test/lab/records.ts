import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { labDirectory, remove } from "./cache.ts";
import { LabHost } from "./host.ts";
import { endNamespace, isRunning, type Namespace } from "./namespace.ts";

/*
 * One directory a lab: `pid` (its first process), `hosts` (a mount point that only the lab sees full), `seeds`, logs, ssh's files,
 * and `lab.json` once all hosts are up.
 */

export function directoryOf(name: string): string {
  return join(labsDirectory(), name);
}

function labsDirectory(): string {
  const directory = join(labDirectory(), "labs");
  mkdirSync(directory, { recursive: true });
  return directory;
}

export function recordNamespace(directory: string, namespace: Namespace): void {
  writeFileSync(join(directory, "pid"), String(namespace.outer));
}

export function recordHosts(directory: string, hosts: readonly LabHost[]): void {
  writeFileSync(join(directory, "lab.json"), JSON.stringify(hosts));
}

/** Hosts of a running lab; undefined when there is none of that name. */
export function recordedHosts(name: string): readonly LabHost[] | undefined {
  const file = join(directoryOf(name), "lab.json");
  if (processOf(name) === undefined || !existsSync(file)) return undefined;
  const recorded: unknown = JSON.parse(readFileSync(file, "utf8"));
  return Array.isArray(recorded) ? recorded.map(toHost) : undefined;
}

/** Kills the lab and removes what it left; nothing to do when there is none. */
export async function endLab(name: string): Promise<void> {
  if (!existsSync(directoryOf(name))) return;
  await endNamespace(processOf(name), name);
  await remove(directoryOf(name));
}

/** Names of the labs that run, and of those that ended without being ended. */
export function labs(): { readonly running: readonly string[]; readonly dead: readonly string[] } {
  const names = readdirSync(labsDirectory());
  return {
    running: names.filter((name) => processOf(name) !== undefined),
    dead: names.filter((name) => processOf(name) === undefined),
  };
}

/** The lab's unshare(1) while it lives. */
function processOf(name: string): number | undefined {
  const file = join(directoryOf(name), "pid");
  const pid = existsSync(file) ? Number(readFileSync(file, "utf8")) : 0;
  return isRunning(pid, join(directoryOf(name), "hosts")) ? pid : undefined;
}

function toHost(recorded: unknown): LabHost {
  const { name, address, leader } = Object(recorded) as Record<string, unknown>;
  return new LabHost(String(name), String(address), Number(leader));
}
