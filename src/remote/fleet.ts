import type { HostEntry, HostList } from "../engine/hosts.ts";
import { SlothError } from "../base/errors.ts";
import { didYouMean } from "../base/nearest.ts";
import { connect, type ConnectOptions, type Reached } from "./connect.ts";
import type { RemoteTarget } from "./remote-target.ts";

export type FleetOptions = Omit<ConnectOptions, "mayAsk"> & {
  readonly hosts: HostList;
  /** There is a terminal to ask on. */
  readonly terminal: boolean;
};

/** ssh's own answers that a person at the terminal can change. */
const ASKABLE = new Set(["E_HOST_AUTH", "E_HOST_KEY_UNKNOWN"]);
/** Connections being made at one time; sshd's MaxStartups counts for each host alone, our own descriptors do not. */
const AT_ONCE = 32;

/** The hosts a run has reached: each by one connection, which all its tasks share. */
export class Fleet {
  private readonly options: FleetOptions;
  private readonly reached = new Map<string, Reached>();
  private readonly places = new Places(AT_ONCE);
  /** Only one ssh may ask at a time, or nobody knew whose password is wanted. */
  private readonly terminal = new Places(1);

  constructor(options: FleetOptions) {
    this.options = options;
  }

  /** Throws what keeps us from that host; the others go on. A connection to it that there was before is closed. */
  async reach(name: string): Promise<RemoteTarget> {
    const entry = this.options.hosts.find(name);
    await this.leave(name);
    const reached = await this.attempt(entry).catch((error: unknown) => {
      throw this.misspelt(name, error);
    });
    this.reached.set(name, reached);
    return reached.target;
  }

  async close(): Promise<void> {
    await Promise.all([...this.reached.keys()].map((name) => this.leave(name)));
  }

  private async leave(name: string): Promise<void> {
    const reached = this.reached.get(name);
    this.reached.delete(name);
    await reached?.close();
  }

  /** A name that ssh does not know either is mostly one of ours, with a letter wrong. */
  private misspelt(name: string, error: unknown): unknown {
    if (!(error instanceof SlothError) || error.code !== "E_HOST_UNKNOWN") return error;
    const { hosts } = this.options;
    const hint = didYouMean(name, [...hosts.names(), ...hosts.groups()]);
    return hint === undefined || hosts.names().includes(name)
      ? error
      : new SlothError(error.code, error.message, { hint });
  }

  /** First without asking, so that many can be reached at once; then, one by one, on the terminal. */
  private async attempt(entry: HostEntry): Promise<Reached> {
    try {
      return await this.places.with(() => connect(entry, { ...this.options, mayAsk: false }));
    } catch (error) {
      if (!this.options.terminal || !(error instanceof SlothError) || !ASKABLE.has(error.code)) throw error;
      return await this.terminal.with(() => connect(entry, { ...this.options, mayAsk: true }));
    }
  }
}

/** So many at a time. */
class Places {
  private free: number;
  private readonly waiting: (() => void)[] = [];

  constructor(count: number) {
    this.free = count;
  }

  async with<T>(work: () => Promise<T>): Promise<T> {
    if (this.free === 0) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.free--;
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.free++;
      else next();
    }
  }
}
