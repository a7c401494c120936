import type { Target } from "./target.ts";

/** The machines of one run: this one, and others that are connected to when they are first asked for. */
export class Targets {
  private readonly local: Target;
  private readonly connect: (host: string) => Promise<Target>;
  private readonly others = new Map<string, Promise<Target>>();
  private readonly connected = new Map<string, Target>();

  constructor(local: Target, connect: (host: string) => Promise<Target>) {
    this.local = local;
    this.connect = connect;
  }

  /** A host that could not be reached is not tried again in this run: the same error comes at once. */
  for(host: string): Target | Promise<Target> {
    if (host === this.local.host) return this.local;
    return this.others.get(host) ?? this.renew(host);
  }

  /**
   * Connects anew to a host that went and came back; whoever asks for it from now on gets that connection, or its error. To be asked
   * again until the host is there.
   */
  renew(host: string): Promise<Target> {
    this.connected.delete(host);
    const connecting = this.connect(host).then((target) => {
      if (this.others.get(host) === connecting) this.connected.set(host, target);
      return target;
    });
    this.others.set(host, connecting);
    return connecting;
  }

  /** Those in use now. */
  open(): readonly Target[] {
    return [this.local, ...this.connected.values()];
  }
}
