/** Names that are worked on by one at a time: addresses, "packages". Waiting is first come, first served. */
export class Holds {
  /** Of each name held, what those waiting for it wait for. */
  private readonly last = new Map<string, Promise<void>>();

  /** Takes all of them, in one order for everybody, so that no two wait for each other; at once when nobody holds any. */
  take(names: readonly string[]): Disposable | Promise<Disposable> {
    const [only] = names;
    if (names.length === 1 && only !== undefined && !this.last.has(only)) return released([this.hold(only)]);
    return this.takeAll([...new Set(names)].sort());
  }

  private async takeAll(names: readonly string[]): Promise<Disposable> {
    const releases: (() => void)[] = [];
    for (const name of names) {
      const before = this.last.get(name);
      const release = this.hold(name);
      if (before !== undefined) await before;
      releases.push(release);
    }
    return released(releases);
  }

  private hold(name: string): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.last.set(name, promise);
    return () => {
      if (this.last.get(name) === promise) this.last.delete(name);
      resolve();
    };
  }
}

function released(releases: readonly (() => void)[]): Disposable {
  return {
    [Symbol.dispose]: () => {
      for (const release of releases) release();
    },
  };
}
