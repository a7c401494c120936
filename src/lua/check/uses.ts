import type { Proto } from "./bytecode.ts";
import type { Symbol } from "./symbols.ts";

const TABLE = "values";

/**
 * What of `values` a workflow looks at, as far as its code tells: names that stand in it, and tables that it hands to where this is not
 * followed. A way round it (a table that a function returns, walked by pairs) is not seen: what is reached so is opened when it is used.
 */
export class ValueUses {
  private readonly names = new Set<string>();
  private readonly handed: (readonly string[])[] = [];
  /** Code that is not seen may look at anything. */
  isOpen = false;

  enter(proto: Proto): void {
    for (const constant of proto.constants) if (typeof constant === "string") this.names.add(constant);
    for (const inner of proto.protos) this.enter(inner);
  }

  /** A symbol goes where it is not followed. */
  handOn(symbol: Symbol | undefined): void {
    if (symbol?.kind === "global" && symbol.path[0] === TABLE) this.handed.push(symbol.path.slice(1));
  }

  /** Whether the value at that path may be looked at. */
  reach(path: readonly (string | number)[]): boolean {
    if (this.isOpen || path.every((step) => typeof step === "number" || this.names.has(step))) return true;
    return this.handed.some((start) => start.every((step, at) => step === path[at]));
  }
}
