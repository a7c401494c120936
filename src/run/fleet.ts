import { dirname, resolve } from "node:path";
import type { HostList } from "../engine/hosts.ts";
import { Builds } from "../remote/builds.ts";
import { Fleet, type FleetOptions } from "../remote/fleet.ts";
import { KnownDigests } from "../remote/known-digests.ts";
import type { Notes } from "../store/contract.ts";
import type { Host } from "../system/host.ts";
import type { ReachRequest } from "./workflow-request.ts";

export interface FleetRequest {
  readonly mode: "apply" | "plan" | "read";
  readonly hosts: HostList;
  readonly reach: ReachRequest;
  /** The machine we are on: where builds lie, and whose key sensitive values are told by. */
  readonly host: Host;
  /** Where the digests of builds are kept from run to run. */
  readonly notes: Notes | undefined;
  readonly signal: AbortSignal;
  /** Whether ssh may ask a person. */
  readonly interactive: boolean;
  /** Told of what is on its way to a host. */
  readonly notice: (message: string, host: string) => void;
}

/** The hosts that a command reaches. */
export function openFleet({ mode, hosts, reach, host, notes, signal, notice, interactive }: FleetRequest): Fleet {
  const { agentDir, sshConfig, connectTimeoutMs, handshakeTimeoutMs = HANDSHAKE_MS, silenceTimeoutMs = 15_000 } = reach;
  const self = process.execPath;
  const system = host.reader({ signal });
  const directories = [...(agentDir === undefined ? [] : [resolve(agentDir)]), dirname(self)];
  return new Fleet({
    mode,
    hosts,
    key: host.key,
    builds: new Builds({ system, self, directories, digests: new KnownDigests(system, notes) }),
    terminal: interactive,
    configFile: sshConfig,
    connectSeconds: connectSeconds(connectTimeoutMs),
    handshakeMs: handshakeTimeoutMs,
    silenceMs: silenceTimeoutMs,
    onProgress: sendingNotices(notice),
  });
}

/** When `--handshake-timeout` says nothing else. */
export const HANDSHAKE_MS = 30_000;

const NOTICE_MS = 5_000;

/** Tells that a build is on its way, how far it is when that takes long, and that it has arrived. */
function sendingNotices(notice: FleetRequest["notice"]): FleetOptions["onProgress"] {
  const toldAt = new Map<string, number>();
  return (name, sent, total) => {
    const size = `${Math.round(total / 1e6)} MB`;
    const last = toldAt.get(name);
    if (sent === total) return notice(`${name}: sent a build of ${size}`, name);
    if (last !== undefined && performance.now() - last < NOTICE_MS) return;
    toldAt.set(name, performance.now());
    const far = last === undefined ? `sending a build of ${size}` : `${Math.round(sent / 1e6)} of ${size} sent`;
    notice(`${name}: ${far}`, name);
  };
}

/** ssh counts whole seconds. */
export function connectSeconds(timeoutMs = 10_000): number {
  return Math.max(1, Math.ceil(timeoutMs / 1000));
}
