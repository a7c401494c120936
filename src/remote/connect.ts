import type { HostEntry } from "../engine/hosts.ts";
import { SlothError, toError } from "../base/errors.ts";
import { build } from "../base/build.ts";
import { openPipe, type Pipe } from "../system/processes/pipe.ts";
import { bringAgent } from "./bootstrap.ts";
import type { Builds } from "./builds.ts";
import { Connection } from "./connection.ts";
import { RemoteTarget } from "./remote-target.ts";
import type { Wire } from "./protocol/link.ts";
import { sshArgv, type SshOptions } from "./ssh-argv.ts";
import { explain } from "./ssh-failure.ts";

export interface ConnectOptions extends SshOptions {
  readonly mode: "apply" | "plan" | "read";
  readonly key: Uint8Array;
  readonly builds: Builds;
  /** From ssh's start to the agent's first word, less the time a build takes to be sent. */
  readonly handshakeMs: number;
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
export async function connect(entry: HostEntry, options: ConnectOptions): Promise<Reached> {
  const pipe = openPipe(sshArgv(entry, options));
  const patience = new Patience(options.handshakeMs + options.connectSeconds * 1000, () => pipe.kill());
  const onProgress = (sent: number, total: number): void => {
    patience.renew();
    options.onProgress(entry.name, sent, total);
  };
  try {
    const wire = await bringAgent(pipe, { entry, builds: options.builds, onProgress });
    const connection = new Connection(untilExit(wire, pipe), entry.name, options.silenceMs, () => pipe.complaint());
    await connection.greet({ version: build.version, mode: options.mode, host: entry.name, key: options.key });
    return { target: new RemoteTarget(entry.name, connection), close: () => closed(connection, pipe) };
  } catch (thrown) {
    pipe.kill();
    throw await whyNot(entry, pipe, patience, toError(thrown));
  } finally {
    patience.end();
  }
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

/** What ssh said tells more than that its output ended. */
async function whyNot(entry: HostEntry, pipe: Pipe, patience: Patience, error: Error): Promise<Error> {
  if (error instanceof SlothError && !["E_HOST_LOST", "E_IO"].includes(error.code)) return error;
  const code = await pipe.exited;
  return explain(entry, pipe.complaint(), code, patience.ended);
}

/** Ends a wait that takes too long, unless there is progress. */
class Patience {
  /** It was used up. */
  ended = false;
  private readonly ms: number;
  private readonly giveUp: () => void;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(ms: number, giveUp: () => void) {
    this.ms = ms;
    this.giveUp = giveUp;
    this.renew();
  }

  renew(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.ended = true;
      this.giveUp();
    }, this.ms);
  }

  end(): void {
    clearTimeout(this.timer);
  }
}
