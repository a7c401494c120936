/** Names that are worked on by one at a time: addresses, "packages". Waiting is first come, first served. */
export class AddressLocks {
  /** Who came last for each name that is held. */
  private readonly last = new Map<string, Hold>();

  /** Takes all of them, in one order for everybody, so that no two wait for each other; at once when nobody holds any. */
  take(names: readonly string[]): Disposable | Promise<Disposable> {
    const [only] = names;
    if (names.length === 1 && only !== undefined && !this.last.has(only)) return new Hold(this.last, only);
    return this.takeAll([...new Set(names)].sort());
  }

  private async takeAll(names: readonly string[]): Promise<Disposable> {
    const holds: Hold[] = [];
    for (const name of names) {
      const before = this.last.get(name);
      holds.push(new Hold(this.last, name));
      if (before !== undefined) await before.released();
    }
    return { [Symbol.dispose]: () => holds.forEach((hold) => hold[Symbol.dispose]()) };
  }
}

/** Its place in the line for one name. Most are never waited for: the promise is made for who asks. */
class Hold implements Disposable {
  private readonly last: Map<string, Hold>;
  private readonly name: string;
  private waited: PromiseWithResolvers<void> | undefined;

  constructor(last: Map<string, Hold>, name: string) {
    this.last = last;
    this.name = name;
    last.set(name, this);
  }

  released(): Promise<void> {
    this.waited ??= Promise.withResolvers<void>();
    return this.waited.promise;
  }

  [Symbol.dispose](): void {
    if (this.last.get(this.name) === this) this.last.delete(this.name);
    this.waited?.resolve();
  }
}
