import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileLock } from "./cache.ts";
import { until } from "./command.ts";
import { bootHost, type LabHost } from "./host.ts";
import { startNamespace, type Namespace } from "./namespace.ts";
import { connects, plugIn } from "./network.ts";
import { directoryOf, endLab, labs, recordHosts, recordNamespace } from "./records.ts";
import { repositories } from "./repositories.ts";
import { firewallsRoot, peersRoot, roots, type Roots } from "./roots.ts";
import { writeSeed, type Flavour } from "./seed.ts";
import { writeSshFiles } from "./ssh.ts";
import { allowInstances, ensureTools } from "./tools.ts";

export interface Lab extends AsyncDisposable {
  readonly name: string;
  readonly hosts: readonly LabHost[];
  /** For `ssh -F`: it knows the hosts by name, their keys, and ours. */
  readonly sshConfig: string;
  /** The same host, as a boot leaves it: the one that was is over. */
  reboot(host: LabHost): Promise<LabHost>;
}

/** Real hosts of our own until they are disposed of, or this process ends: a number of Debian hosts, or one for each flavour. */
export function lab(wanted: number | readonly Flavour[]): Promise<Lab> {
  const flavours = typeof wanted === "number" ? Array.from({ length: wanted }, () => "debian" as const) : wanted;
  started += 1;
  return startLab(`test-${process.pid}-${started}`, flavours, true);
}

let started = 0;

/** A lab of one host, for the tests that need no other. */
export async function labOfOne(flavour: Flavour = "debian"): Promise<readonly [Lab, LabHost]> {
  const made = await lab([flavour]);
  const [host] = made.hosts;
  if (host === undefined) throw new Error("one host was asked for");
  return [made, host];
}

/** Ends the lab of that name, and starts one. An owned one ends with this process, however that ends. */
export async function startLab(name: string, flavours: readonly Flavour[], owned: boolean): Promise<Lab> {
  await ensureTools();
  allowInstances();
  const made = await roots();
  const repository = await repositories(made);
  const namespace = await makeRoom(name, owned);
  try {
    return await fill(name, namespace, flavours, made, repository);
  } catch (error) {
    await endLab(name);
    throw error;
  }
}

/** One at a time, so that nobody takes a lab that is being made for one that was killed. */
async function makeRoom(name: string, owned: boolean): Promise<Namespace> {
  const directory = directoryOf(name);
  using _lock = await fileLock(`${directory.replace(/\/[^/]*$/, "")}.lock`);
  await Promise.all([name, ...labs().dead].map(endLab));
  mkdirSync(join(directory, "hosts"), { recursive: true });
  const namespace = await startNamespace(join(directory, "hosts"), owned);
  recordNamespace(directory, namespace);
  return namespace;
}

async function fill(
  name: string,
  namespace: Namespace,
  flavours: readonly Flavour[],
  made: Roots,
  repository: string,
): Promise<Lab> {
  const directory = directoryOf(name);
  const rootOf = {
    debian: made.base,
    peers: flavours.includes("peers") ? await peersRoot() : made.base,
    firewalls: flavours.includes("firewalls") ? await firewallsRoot() : made.base,
    fedora: made.managers,
    opensuse: made.managers,
    arch: made.managers,
  } satisfies Record<Flavour, string>;
  const { subnet, gateway } = await plugIn(namespace.init);
  const plans = flavours.map((flavour, index) => ({
    name: `h${index + 1}`,
    address: `${subnet}.${index + 1}`,
    flavour,
    root: rootOf[flavour],
    seed: join(directory, "seeds", `h${index + 1}`),
    log: join(directory, `h${index + 1}.log`),
  }));
  const { publicKey, config } = await writeSshFiles(directory, plans);
  const names = [...plans, { name: "lab", address: gateway }].map((host) => `${host.address} ${host.name}`).join("\n");
  const hosts = await Promise.all(
    plans.map(async (plan) => {
      writeSeed(plan.seed, { ...plan, publicKey, hosts: names });
      const host = await bootHost(namespace, name, { ...plan, layers: [plan.seed, plan.root], repository });
      await until(`sshd of ${plan.name}`, 60_000, () => connects(plan.address, 22));
      return host;
    }),
  );
  recordHosts(directory, hosts);
  const reboot = async (host: LabHost): Promise<LabHost> => {
    const plan = plans.find((one) => one.name === host.name);
    if (plan === undefined) throw new Error(`${host.name}: no host of this lab`);
    await host.exec(["systemctl", "poweroff"]);
    await until(`the end of ${host.name}`, 60_000, () => !existsSync(`/proc/${host.leader}`) || undefined);
    return bootHost(namespace, name, { ...plan, layers: [plan.seed, plan.root], repository });
  };
  return { name, hosts, sshConfig: config, reboot, [Symbol.asyncDispose]: () => endLab(name) };
}
