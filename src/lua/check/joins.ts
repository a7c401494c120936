import { jumpFrom, type Writes } from "./opcodes.ts";
import { UNKNOWN, type Symbol } from "./symbols.ts";

/** Where ways through a function meet: what is written on one of them is not known behind it. */
export class Joins {
  private readonly code: Uint32Array;
  private readonly writes: Writes;
  /** By where control arrives: the first and the last instruction it may come from. */
  private readonly origins = new Map<number, { first: number; last: number }>();
  /** Up to where an instruction may be jumped over. */
  private skippedTo = 0;

  constructor(code: Uint32Array, writes: Writes) {
    this.writes = writes;
    this.code = code;
    for (let pc = 0; pc < code.length; pc++) {
      const to = jumpFrom(code[pc] ?? 0, pc);
      if (to === undefined) continue;
      const known = this.origins.get(to);
      if (known === undefined) this.origins.set(to, { first: pc, last: pc });
      else known.last = pc;
    }
  }

  /** Before the instruction at `pc` is followed. */
  arrive(pc: number, registers: Symbol[]): void {
    const to = jumpFrom(this.code[pc] ?? 0, pc);
    if (to !== undefined && to > this.skippedTo) this.skippedTo = to;
    const origins = this.origins.get(pc);
    if (origins === undefined) return;
    // All ways lie between these.
    const last = Math.max(pc - 1, origins.last);
    for (let at = Math.min(pc, origins.first); at <= last; at++) {
      const end = Math.min(this.writes.to[at] ?? 0, registers.length);
      for (let register = this.writes.from[at] ?? 0; register < end; register++) registers[register] = UNKNOWN;
    }
  }

  /** Whether the instruction at `pc`, where we are, is run whenever the function is: no jump leads over it. */
  isAlways(pc: number): boolean {
    return pc >= this.skippedTo;
  }
}
