import type { HostEntry } from "../engine/hosts.ts";
import { SlothError, toError } from "../base/errors.ts";
import { openPipe, type Pipe } from "../system/processes/pipe.ts";
import { Patience } from "./patience.ts";
import { named } from "./protocol/messages.ts";
import { sshArgv, type SshOptions } from "./ssh-argv.ts";
import { OLD_SSH, explain } from "./ssh-failure.ts";

export interface ThroughOptions extends SshOptions {
  /** From ssh's having connected to the end of what is done first; each sign of progress begins it anew. */
  readonly handshakeMs: number;
}

/** What is done first with an ssh; it stays open after that. */
type FirstWork<T> = (pipe: Pipe, progress: () => void) => Promise<T>;

/** This machine's ssh does not know the options that came with OpenSSH 8.7. */
let isOld = false;

/** Reaches a host. When `work` fails, ssh is ended and the error says what it said: that tells more than that its output ended. */
export async function throughSsh<T>(entry: HostEntry, options: ThroughOptions, work: FirstWork<T>): Promise<T> {
  try {
    return await attempt(entry, options, work);
  } catch (error) {
    if (isOld || !(error instanceof SlothError) || error.code !== OLD_SSH) throw error;
    isOld = true;
    return await attempt(entry, options, work);
  }
}

async function attempt<T>(entry: HostEntry, options: ThroughOptions, work: FirstWork<T>): Promise<T> {
  const pipe = openPipe(sshArgv(entry, options, isOld));
  const patience = new Patience(options.handshakeMs + options.connectSeconds * 1000, () => pipe.kill());
  try {
    return await work(pipe, () => patience.renew());
  } catch (thrown) {
    pipe.kill();
    throw await whyNot(entry, pipe, patience.ended, toError(thrown));
  } finally {
    patience.end();
  }
}

async function whyNot(entry: HostEntry, pipe: Pipe, tired: boolean, error: Error): Promise<Error> {
  if (error instanceof SlothError && !["E_HOST_LOST", "E_IO"].includes(error.code))
    return new SlothError(error.code, named(entry.name, error.message), { hint: error.hint, cause: error });
  if (!("code" in error)) return error;
  const exitCode = await pipe.exited;
  return explain(entry, pipe.complaint(), exitCode, tired);
}
