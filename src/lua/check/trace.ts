import type { Constant, Proto } from "./bytecode.ts";
import { registerOf, type Constancy } from "./constancy.ts";
import { Joins } from "./joins.ts";
import { A, Ax, B, Bx, C, K, OP, byNumber, opOf, sBx } from "./opcodes.ts";
import { UNKNOWN, type Closure, type LiteralTable, type Symbol } from "./symbols.ts";

/** What a chunk does with names, told in the order of its code. */
export interface Listener {
  /** A global or a member of one is read; answers what it is. */
  read(path: readonly string[], line: number): Symbol;
  written(path: readonly string[], line: number): void;
  /** Something of `_G` or a module is set by a name that is made at run time. */
  hidden(path: readonly string[]): void;
  /** A field of what the program answered. */
  field(of: Symbol & { readonly kind: "shaped" }, name: string, line: number): Symbol;
  /** `f:name()`, on a global or a member of one. */
  method(path: readonly string[], name: string, line: number): void;
  /** It goes where it is not followed: into a table, to whoever called, or its items are taken by names made at run time. */
  handedOn(symbol: Symbol): void;
  /** `args` are as far as they are known. Answers its first result. */
  called(callee: Symbol, args: readonly Symbol[], call: SeenCall): Symbol;
}

export interface SeenCall {
  readonly line: number;
  /** There may be more arguments. */
  readonly more: boolean;
  /** It is made whenever the file is run. */
  readonly always: boolean;
}

/** What an instruction puts into its register A, by its number. */
type Maker = (tracer: Tracer, instruction: number) => Symbol | undefined;

const MAKERS: readonly (Maker | undefined)[] = byNumber<Maker>({
  MOVE: (tracer, instruction) => tracer.register(B(instruction)),
  LOADI: (_, instruction) => ({ kind: "constant", value: sBx(instruction) }),
  LOADF: (_, instruction) => ({ kind: "constant", value: sBx(instruction) }),
  LOADK: (tracer, instruction) => tracer.constant(Bx(instruction)),
  LOADKX: (tracer) => tracer.constant(tracer.extra),
  LOADFALSE: () => ({ kind: "constant", value: false }),
  LFALSESKIP: () => ({ kind: "constant", value: false }),
  LOADTRUE: () => ({ kind: "constant", value: true }),
  LOADNIL: (_, instruction) => (B(instruction) === 0 ? { kind: "constant", value: null } : undefined),
  GETUPVAL: (tracer, instruction) => tracer.upvalue(B(instruction)),
  GETTABUP: (tracer, instruction) => tracer.fieldOf(tracer.upvalue(B(instruction)), tracer.key(C(instruction))),
  GETFIELD: (tracer, instruction) => tracer.fieldOf(tracer.register(B(instruction)), tracer.key(C(instruction))),
  GETTABLE: (tracer, instruction) => tracer.itemOf(tracer.register(B(instruction))),
  GETI: (tracer, instruction) => tracer.itemOf(tracer.register(B(instruction))),
  SELF: (tracer, instruction) => tracer.method(instruction),
  SETTABUP: (tracer, instruction) => tracer.set(tracer.upvalue(A(instruction)), instruction),
  SETFIELD: (tracer, instruction) => tracer.set(tracer.register(A(instruction)), instruction),
  SETTABLE: (tracer, instruction) => tracer.setAny(tracer.register(A(instruction)), instruction),
  SETI: (tracer, instruction) => tracer.setItem(tracer.register(A(instruction)), instruction),
  SETLIST: (tracer, instruction) => tracer.setList(instruction),
  NEWTABLE: (tracer) => ({ kind: "table", line: tracer.line, fields: new Map(), items: [], isOpen: false }),
  CLOSURE: (tracer, instruction) => tracer.closure(Bx(instruction)),
  CALL: (tracer, instruction) => tracer.call(instruction),
  TAILCALL: (tracer, instruction) => tracer.call(instruction),
  RETURN: (tracer, instruction) => tracer.returned(instruction),
  RETURN1: (tracer, instruction) => tracer.returned(instruction),
  VARARG: (tracer, instruction) => tracer.varargs(instruction),
});

const FIELDS_OF_GLOBALS = "_G";

/** Follows a function through its code, and then those that are written in it. */
export function traceFunction(closure: Closure, constancy: Constancy, listener: Listener): void {
  const tracer = new Tracer(closure, constancy, listener);
  for (const inner of tracer.run()) traceFunction(inner, constancy, listener);
}

class Tracer {
  private readonly proto: Proto;
  private readonly upvalues: readonly Symbol[];
  private readonly constancy: Constancy;
  private readonly listener: Listener;
  private readonly registers: Symbol[];
  private readonly closures: Closure[] = [];
  /** From this register on the results of the last call stand, however many they are. */
  private openFrom: number | undefined;
  private readonly joins: Joins;
  private readonly isMain: boolean;
  private pc = 0;

  constructor({ proto, upvalues, parameters }: Closure, constancy: Constancy, listener: Listener) {
    this.proto = proto;
    this.upvalues = upvalues;
    this.constancy = constancy;
    this.listener = listener;
    this.joins = new Joins(proto.code, proto.writes);
    this.isMain = proto.lineDefined === 0;
    this.registers = Array.from<Symbol>({ length: proto.stackSize + 1 }).fill(UNKNOWN);
    parameters.forEach((parameter, i) => (this.registers[i] = parameter));
  }

  run(): readonly Closure[] {
    const { code, writes } = this.proto;
    for (let pc = 0; pc < code.length; pc++) {
      const instruction = code[pc] ?? 0;
      this.joins.arrive(pc, this.registers);
      this.pc = pc;
      const made = MAKERS[opOf(instruction)]?.(this, instruction);
      const end = Math.min(writes.to[pc] ?? 0, this.registers.length);
      for (let register = writes.from[pc] ?? 0; register < end; register++) this.registers[register] = UNKNOWN;
      if (made !== undefined) this.registers[A(instruction)] = made;
    }
    return this.closures;
  }

  get line(): number {
    return this.proto.lines[this.pc] ?? 0;
  }

  /** Of the instruction behind, which only lengthens this one. */
  get extra(): number {
    return Ax(this.proto.code[this.pc + 1] ?? 0);
  }

  key(index: number): Constant {
    return this.proto.constants[index] ?? null;
  }

  upvalue(index: number): Symbol {
    return this.upvalues[index] ?? UNKNOWN;
  }

  register(index: number): Symbol {
    return this.registers[index] ?? UNKNOWN;
  }

  constant(index: number): Symbol {
    return { kind: "constant", value: this.proto.constants[index] ?? null };
  }

  private operand(instruction: number): Symbol {
    return K(instruction) ? this.constant(C(instruction)) : this.register(C(instruction));
  }

  fieldOf(of: Symbol, key: Constant): Symbol {
    if (typeof key !== "string") return this.itemOf(of);
    if (of.kind === "global") return this.listener.read(pathBelow(of.path, key), this.line);
    if (of.kind === "table") openUp(of.fields.get(key)?.value ?? UNKNOWN);
    return of.kind === "shaped" ? this.listener.field(of, key, this.line) : UNKNOWN;
  }

  itemOf(of: Symbol): Symbol {
    if (of.kind === "table") for (const { value } of of.fields.values()) openUp(value);
    this.listener.handedOn(of);
    return itemShape(of);
  }

  method(instruction: number): undefined {
    const of = this.register(B(instruction));
    const key = this.operand(instruction);
    if (of.kind === "global" && key.kind === "constant" && typeof key.value === "string")
      this.listener.method(of.path, key.value, this.line);
    return undefined;
  }

  set(of: Symbol, instruction: number): undefined {
    const key = this.key(B(instruction));
    this.listener.handedOn(this.operand(instruction));
    if (typeof key !== "string") return this.setUnknown(of);
    if (of.kind === "global") this.listener.written(pathBelow(of.path, key), this.line);
    if (of.kind !== "table") openUp(this.operand(instruction));
    if (of.kind === "shaped") of.added.add(key);
    if (of.kind === "table") of.fields.set(key, { value: this.operand(instruction), line: this.line });
    return undefined;
  }

  setUnknown(of: Symbol): undefined {
    if (of.kind === "global") this.listener.hidden(of.path);
    if (of.kind === "table") of.isOpen = true;
    return undefined;
  }

  setAny(of: Symbol, instruction: number): undefined {
    this.listener.handedOn(this.operand(instruction));
    return this.setUnknown(of);
  }

  returned(instruction: number): undefined {
    const [from, count] = [A(instruction), opOf(instruction) === OP["RETURN1"] ? 1 : B(instruction) - 1];
    for (let register = from; register < from + count; register++) this.listener.handedOn(this.register(register));
    return undefined;
  }

  setItem(of: Symbol, instruction: number): undefined {
    this.listener.handedOn(this.operand(instruction));
    if (of.kind === "table") of.items[B(instruction) - 1] = this.operand(instruction);
    return undefined;
  }

  setList(instruction: number): undefined {
    const a = A(instruction);
    const table = this.register(a);
    if (table.kind !== "table") return undefined;
    const more = K(instruction) ? this.extra * 256 : 0;
    const count = B(instruction);
    if (count === 0) table.isOpen = true;
    for (let i = 1; i <= count; i++) {
      this.listener.handedOn(this.register(a + i));
      table.items[C(instruction) + more + i - 1] = this.register(a + i);
    }
    return undefined;
  }

  closure(index: number): Symbol {
    const proto = this.proto.protos[index];
    if (proto === undefined) return UNKNOWN;
    const upvalues = proto.upvalues.map(({ inStack, index: at }) => {
      const symbol = inStack ? this.capturable(at) : (this.upvalues[at] ?? UNKNOWN);
      openUp(symbol);
      return symbol;
    });
    const closure: Closure = { kind: "closure", proto, upvalues, parameters: [] };
    this.closures.push(closure);
    return closure;
  }

  varargs(instruction: number): undefined {
    if (C(instruction) === 0) this.openFrom = A(instruction);
    return undefined;
  }

  /** What a local is, if it is that for good. */
  private capturable(register: number): Symbol {
    const local = registerOf(this.proto, register, this.pc);
    return local !== undefined && this.constancy.isWrittenOnce(this.proto, register, local)
      ? this.register(register)
      : UNKNOWN;
  }

  call(instruction: number): Symbol {
    const a = A(instruction);
    const given = B(instruction);
    const more = given === 0;
    const end = more ? (this.openFrom ?? a + 1) : a + given;
    const args = this.registers.slice(a + 1, Math.max(a + 1, end));
    const callee = this.register(a);
    const result = this.listener.called(callee, args, {
      more,
      line: this.line,
      always: this.isMain && this.joins.isAlways(this.pc),
    });
    // Whoever gets a table may put something into it.
    for (const arg of args) {
      openUp(arg);
      this.listener.handedOn(arg);
    }
    if (C(instruction) === 0 || opOf(instruction) === OP["TAILCALL"]) this.openFrom = a;
    return result;
  }
}

/** Fields of `_G` are globals. */
function pathBelow(path: readonly string[], name: string): readonly string[] {
  return path.length === 1 && path[0] === FIELDS_OF_GLOBALS ? [name] : [...path, name];
}

function itemShape(of: Symbol): Symbol {
  if (of.kind !== "shaped" || !("items" in of.shape)) return UNKNOWN;
  return { kind: "shaped", shape: of.shape.items, added: new Set() };
}

function openUp(symbol: Symbol): void {
  if (symbol.kind === "table") (symbol as LiteralTable).isOpen = true;
}
