import type { Target } from "./target.ts";

/** The machines of one run: this one, and others that are connected to when they are first asked for. */
export class Targets {
  private readonly local: Target;
  private readonly connect: (host: string) => Promise<Target>;
  private readonly others = new Map<string, Promise<Target>>();
  private readonly connected: Target[] = [];

  constructor(local: Target, connect: (host: string) => Promise<Target>) {
    this.local = local;
    this.connect = connect;
  }

  /** A host that could not be reached is not tried again in this run: the same error comes at once. */
  for(host: string): Target | Promise<Target> {
    if (host === this.local.host) return this.local;
    const known = this.others.get(host);
    if (known !== undefined) return known;
    const connecting = this.connect(host).then((target) => {
      this.connected.push(target);
      return target;
    });
    this.others.set(host, connecting);
    return connecting;
  }

  /** Those in use so far. */
  open(): readonly Target[] {
    return [this.local, ...this.connected];
  }
}
