import { run, succeed } from "./command.ts";

/** The private network of one lab: 10.213.N.0/24. Hosts are .1 to .250; this machine is .254; there is no way out. */
export interface Network {
  readonly subnet: string;
  /** This machine, for the hosts. */
  readonly gateway: string;
}

/** Shell run inside the lab's namespaces. */
export const makeBridge = `
  ip link set lo up
  ip link add br0 type bridge
  ip link set br0 up`;

/**
 * A cable from here to the lab's bridge, which goes when the lab's network namespace goes. The kernel refuses a name that is
 * taken, so the subnet is ours alone.
 */
export async function plugIn(init: number): Promise<Network> {
  for (let number = 1; number < 250; number += 1) {
    const link = `slab${number}`;
    const pair = ["ip", "link", "add", link, "type", "veth", "peer", "name", "plug0", "netns", String(init)];
    const { exitCode, stderr } = await run(pair);
    if (exitCode !== 0 && stderr.includes("File exists")) continue;
    if (exitCode !== 0) throw new Error(`the lab's network: ${stderr.trim()}`);
    const subnet = `10.213.${number}`;
    const gateway = `${subnet}.254`;
    await succeed(["ip", "address", "add", `${gateway}/24`, "dev", link]);
    await succeed(["ip", "link", "set", link, "up"]);
    await succeed(["nsenter", "-t", String(init), "-n", "ip", "link", "set", "plug0", "master", "br0", "up"]);
    return { subnet, gateway };
  }
  throw new Error("the lab's network: all 249 subnets are in use; `npm run lab -- down` ends a lab");
}

/** Answers once something listens there. */
export async function connects(address: string, port: number): Promise<true> {
  const socket = await Bun.connect({ hostname: address, port, socket: { data: () => undefined } });
  socket.end();
  return true;
}
