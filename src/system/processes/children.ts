import { SlothError } from "../../base/errors.ts";
import { forgetOwnWays } from "../files/own-ways.ts";
import { isGroupRunning, processIdentity, type ProcessIdentity } from "./process-identity.ts";

const POLL_MS = 20;

/** A command at work, leader of its own process group. */
export interface Child {
  /** null when it was over before we could look. */
  readonly identity: ProcessIdentity | null;
  readonly program: string;
  readonly mustFinish: boolean;
  /** Settles when it and its output are done with. */
  readonly finished: Promise<void>;
  end(why: Error): void;
}

/** The commands of one host that run now. */
export class Children {
  readonly graceMs: number;
  private readonly running = new Set<Child>();
  private readonly onStart: ((child: Child) => void) | undefined;

  constructor(graceMs: number, onStart: ((child: Child) => void) | undefined) {
    this.graceMs = graceMs;
    this.onStart = onStart;
  }

  list(): readonly Child[] {
    return [...this.running];
  }

  add(pid: number, program: string, mustFinish: boolean, end: (why: Error) => void): Disposable {
    const { promise, resolve } = Promise.withResolvers<void>();
    const child = { identity: processIdentity(pid), program, mustFinish, finished: promise, end };
    this.running.add(child);
    this.onStart?.(child);
    return {
      [Symbol.dispose]: () => {
        this.running.delete(child);
        forgetOwnWays();
        resolve();
      },
    };
  }

  /** At once and without waiting; those that must finish are left to themselves. */
  kill(): void {
    for (const { identity, mustFinish } of this.list()) {
      if (identity !== null && !mustFinish) signalGroup(identity.pid, "SIGKILL");
    }
  }

  /** Ends what may be ended, waits for all. */
  async interrupt(): Promise<void> {
    const children = this.list();
    for (const child of children) {
      if (!child.mustFinish)
        child.end(new SlothError("E_INTERRUPTED", `${child.program} was ended: the run was interrupted`));
    }
    await Promise.all(children.map(({ finished }) => finished));
  }
}

/** TERM to the whole group, KILL to what is left of it after a grace. */
export async function endGroup(group: number, graceMs: number): Promise<void> {
  signalGroup(group, "SIGTERM");
  // A stopped process acts on TERM only when it goes on.
  signalGroup(group, "SIGCONT");
  for (const until = performance.now() + graceMs; performance.now() < until;) {
    if (!isGroupRunning(group)) return;
    await Bun.sleep(POLL_MS);
  }
  signalGroup(group, "SIGKILL");
}

function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
