import { basename, resolve } from "node:path";
import { labDirectory, remove } from "./cache.ts";
import { startLab } from "./lab.ts";
import { directoryOf, endLab, labs, recordedHosts } from "./records.ts";
import type { LabHost } from "./host.ts";
import { sshConfigOf } from "./ssh.ts";
import type { Flavour } from "./seed.ts";

const usage = `npm run lab -- up [N] [FLAVOUR…]     N Debian hosts (h1, h2, …), then one of each flavour: fedora, opensuse, arch, peers, firewalls
npm run lab -- ssh HOST [COMMAND…]   over ssh
npm run lab -- exec HOST -- COMMAND… as root, beside its systemd
npm run lab -- status                what runs, and how to reach it
npm run lab -- down                  ends it; nothing is left
npm run lab -- clean                 removes the cached roots and repositories`;

/** Each checkout has a lab of its own. */
const checkout = resolve(import.meta.dir, "../..");
const name = `${basename(checkout)}-${Bun.SHA256.hash(checkout, "hex").slice(0, 6)}`;

const commands: { readonly [command: string]: (args: readonly string[]) => Promise<number> } = {
  up,
  ssh,
  exec,
  status,
  down,
  clean,
};
const [command = "", ...rest] = process.argv.slice(2);
try {
  process.exitCode = await (commands[command] ?? help)(rest);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function up(args: readonly string[]): Promise<number> {
  const count = /^\d+$/.test(args[0] ?? "") ? Number(args[0]) : args.length === 0 ? 1 : 0;
  const others = args.filter((arg) => !/^\d+$/.test(arg)).map(flavour);
  await startLab(name, [...Array.from({ length: count }, () => "debian" as const), ...others], false);
  return status();
}

function flavour(word: string): Flavour {
  const known = ["debian", "peers", "fedora", "opensuse", "arch", "firewalls"] as const;
  const found = known.find((name) => name === word);
  if (found === undefined) throw new Error(`${word}: no such flavour; known are ${known.join(", ")}`);
  return found;
}

function ssh([host = "h1", ...args]: readonly string[]): Promise<number> {
  return handOver(["ssh", "-F", sshConfigOf(directoryOf(name)), hostNamed(host).name, ...args]);
}

function exec([host = "h1", ...args]: readonly string[]): Promise<number> {
  const argv = args[0] === "--" ? args.slice(1) : args;
  return handOver(hostNamed(host).argv(argv.length > 0 ? argv : ["bash", "-l"]));
}

async function status(): Promise<number> {
  const hosts = recordedHosts(name);
  if (hosts === undefined) console.log("no lab runs; `npm run lab -- up 3` starts one");
  for (const host of hosts ?? [])
    console.log(`${host.name}  ${host.address}  ssh -F ${sshConfigOf(directoryOf(name))} ${host.name}`);
  const others = labs().running.filter((other) => other !== name);
  if (others.length > 0) console.log(`others on this machine: ${others.join(", ")}`);
  return hosts === undefined ? 1 : 0;
}

async function down(): Promise<number> {
  await endLab(name);
  return 0;
}

async function clean(): Promise<number> {
  const { running } = labs();
  if (running.length > 0) throw new Error(`labs are running on it: ${running.join(", ")}`);
  await remove(labDirectory());
  return 0;
}

async function help(): Promise<number> {
  console.error(usage);
  return 64;
}

function hostNamed(wanted: string): LabHost {
  const hosts = recordedHosts(name) ?? [];
  const host = hosts.find((candidate) => candidate.name === wanted);
  if (host === undefined)
    throw new Error(
      `${wanted}: no such host; ${hosts.length === 0 ? "no lab runs" : `known are ${hosts.map((known) => known.name).join(", ")}`}`,
    );
  return host;
}

function handOver(argv: readonly string[]): Promise<number> {
  return Bun.spawn([...argv], { stdin: "inherit", stdout: "inherit", stderr: "inherit" }).exited;
}
