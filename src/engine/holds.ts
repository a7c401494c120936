/** Names that are worked on by one at a time: addresses, "packages". Waiting is first come, first served. */
export class Holds {
  private readonly last = new Map<string, Promise<void>>();

  /** Takes all of them, in one order for everybody, so that no two wait for each other. */
  async take(names: readonly string[]): Promise<Disposable> {
    const releases: (() => void)[] = [];
    for (const name of [...new Set(names)].sort()) releases.push(await this.takeOne(name));
    return {
      [Symbol.dispose]: () => {
        for (const release of releases) release();
      },
    };
  }

  private async takeOne(name: string): Promise<() => void> {
    const before = this.last.get(name);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.last.set(name, promise);
    if (before !== undefined) await before;
    return () => {
      if (this.last.get(name) === promise) this.last.delete(name);
      resolve();
    };
  }
}
