import type { LocalVariable, Proto } from "./bytecode.ts";
import { B, OP, opOf } from "./opcodes.ts";

/** Which locals keep the value they were made with. */
export class Constancy {
  /** Upvalues that a function, or one in it, assigns to. */
  private readonly assigned = new Map<Proto, ReadonlySet<number>>();

  constructor(main: Proto) {
    this.collect(main);
  }

  /** Written in no instruction of its scope, and by no function in it. */
  isWrittenOnce({ writes, protos }: Proto, register: number, { from, to }: LocalVariable): boolean {
    if (protos.some((inner) => this.assigns(inner, register))) return false;
    for (let pc = from; pc < to; pc++)
      if (register >= (writes.from[pc] ?? 0) && register < (writes.to[pc] ?? 0)) return false;
    return true;
  }

  private assigns(inner: Proto, register: number): boolean {
    const assigned = this.assigned.get(inner);
    return inner.upvalues.some(({ inStack, index }, i) => inStack && index === register && assigned?.has(i));
  }

  private collect(proto: Proto): ReadonlySet<number> {
    const assigned = new Set<number>();
    for (const instruction of proto.code) if (opOf(instruction) === OP["SETUPVAL"]) assigned.add(B(instruction));
    for (const inner of proto.protos) {
      const its = this.collect(inner);
      inner.upvalues.forEach(({ inStack, index }, i) => {
        if (!inStack && its.has(i)) assigned.add(index);
      });
    }
    this.assigned.set(proto, assigned);
    return assigned;
  }
}

/** The local that a register holds at an instruction; locals lie in the order they were declared. */
export function registerOf({ locals }: Proto, register: number, pc: number): LocalVariable | undefined {
  return locals.filter(({ from, to }) => from <= pc && pc < to)[register];
}
