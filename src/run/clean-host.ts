import { HostList } from "../engine/hosts.ts";
import { cleanHost } from "../remote/clean.ts";
import { HANDSHAKE_MS, connectSeconds } from "./fleet.ts";
import { openInventory } from "./open-inventory.ts";

export interface CleanRequest {
  readonly host: string;
  readonly inventory: string | undefined;
  readonly sshConfig: string | undefined;
  readonly connectTimeoutMs: number | undefined;
  /** Whether ssh may ask a person. */
  readonly interactive: boolean;
}

/** Removes the builds of this program that runs brought to a host; answers their paths. */
export async function cleanOneHost(request: CleanRequest): Promise<readonly string[]> {
  const hosts = new HostList();
  await openInventory(request.inventory, hosts);
  return await cleanHost(hosts.find(request.host), {
    handshakeMs: HANDSHAKE_MS,
    connectSeconds: connectSeconds(request.connectTimeoutMs),
    mayAsk: request.interactive,
    configFile: request.sshConfig,
  });
}
