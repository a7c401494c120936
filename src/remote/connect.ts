import type { HostEntry } from "../engine/hosts.ts";
import { build } from "../base/build.ts";
import { hostKey } from "../base/digest.ts";
import type { Pipe } from "../system/processes/pipe.ts";
import { bringAgent } from "./bootstrap.ts";
import type { Builds } from "./builds.ts";
import { Connection } from "./connection.ts";
import { RemoteTarget } from "./remote-target.ts";
import type { Wire } from "./protocol/link.ts";
import { throughSsh, type ThroughOptions } from "./ssh.ts";

/** `handshakeMs`: to the agent's first word, less the time a build takes to be sent. */
export interface ConnectOptions extends ThroughOptions {
  readonly mode: "apply" | "plan" | "read";
  /** The database's, which stays here: a host is given one of its own. */
  readonly key: Uint8Array;
  readonly builds: Builds;
  /** A connected host that says nothing for so long is lost. */
  readonly silenceMs: number;
  readonly onProgress: (host: string, sent: number, total: number) => void;
}

/** A host that was reached. */
export interface Reached {
  readonly target: RemoteTarget;
  close(): Promise<void>;
}

/** Reaches a host by ssh, brings the agent and greets it. Errors name the host, what happened and what can be done. */
export function connect(entry: HostEntry, options: ConnectOptions): Promise<Reached> {
  const { builds, mode } = options;
  const key = hostKey(options.key, entry.name);
  return throughSsh(entry, options, async (pipe, progress) => {
    const onProgress = (sent: number, total: number): void => {
      progress();
      options.onProgress(entry.name, sent, total);
    };
    const wire = await bringAgent(pipe, { entry, builds, onProgress });
    const connection = new Connection(untilExit(wire, pipe), entry.name, options.silenceMs, () => pipe.complaint());
    await connection.greet({ version: build.version, mode, host: entry.name, key, as: entry.become?.user });
    return { target: new RemoteTarget(entry.name, connection), close: () => closed(connection, pipe) };
  });
}

/** The end is told once ssh has said why: it does so after its output ends. */
function untilExit(wire: Wire, pipe: Pipe): Wire {
  async function* incoming(): AsyncGenerator<Uint8Array> {
    yield* wire.incoming;
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, LAST_WORDS_MS);
    await Promise.race([pipe.exited, late.promise]);
    clearTimeout(timer); // it would keep this process alive
  }
  return { ...wire, incoming: incoming() };
}

const LAST_WORDS_MS = 500;

async function closed(connection: Connection, pipe: Pipe): Promise<void> {
  connection.close();
  const late = setTimeout(() => pipe.kill(), 5_000);
  await pipe.exited;
  clearTimeout(late);
}
