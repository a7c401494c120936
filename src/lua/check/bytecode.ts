import { isUtf8 } from "node:buffer";
import { writesOf, type Writes } from "./opcodes.ts";

/** What string.dump of Lua 5.4 writes: a function as the compiler left it, with its lines. */
export interface Proto {
  readonly lineDefined: number;
  readonly parameters: number;
  readonly stackSize: number;
  /** One word an instruction. */
  readonly code: Uint32Array;
  readonly writes: Writes;
  readonly constants: readonly Constant[];
  readonly upvalues: readonly UpvalueDescription[];
  readonly protos: readonly Proto[];
  /** Of each instruction. */
  readonly lines: Uint32Array;
  readonly locals: readonly LocalVariable[];
}

/** Of a number, whether it is a whole one does not matter here. */
export type Constant = null | boolean | number | bigint | string | Uint8Array;

interface UpvalueDescription {
  /** In a register of the enclosing function, else one of its own upvalues. */
  readonly inStack: boolean;
  readonly index: number;
}

export interface LocalVariable {
  readonly from: number;
  readonly to: number;
}

/** Signature, version, format, a text that conversions spoil, sizes of instructions and numbers, and a number of each kind. */
const HEADER = "1b4c7561540019930d0a1a0a04080878560000000000000000000000287740";
const ABSOLUTE = -0x80;

export function readChunk(bytes: Buffer): Proto {
  const length = HEADER.length / 2;
  if (bytes.toString("hex", 0, length) !== HEADER)
    throw new Error("Lua writes its chunks in another form than this reads");
  // After it comes how many upvalues the function has.
  return new ChunkReader(bytes, length + 1).proto();
}

class ChunkReader {
  private readonly bytes: Buffer;
  private at: number;

  constructor(bytes: Buffer, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  proto(): Proto {
    this.skipText(); // where it is from
    const lineDefined = this.size();
    this.size(); // its last line
    const [parameters, , stackSize] = [this.byte(), this.byte(), this.byte()];
    const code = this.code();
    const constants: Constant[] = [];
    for (let left = this.size(); left > 0; left--) constants.push(this.constant());
    const upvalues = this.upvalues();
    const protos: Proto[] = [];
    for (let left = this.size(); left > 0; left--) protos.push(this.proto());
    const lines = this.lines(code.length, lineDefined);
    const locals = this.locals();
    for (let left = this.size(); left > 0; left--) this.skipText(); // names of upvalues
    return {
      lineDefined,
      parameters,
      stackSize,
      code,
      writes: writesOf(code),
      constants,
      upvalues,
      protos,
      lines,
      locals,
    };
  }

  private code(): Uint32Array {
    const code = new Uint32Array(this.size());
    for (let pc = 0; pc < code.length; pc++, this.at += 4) code[pc] = this.bytes.readUInt32LE(this.at);
    return code;
  }

  private upvalues(): readonly UpvalueDescription[] {
    const upvalues: UpvalueDescription[] = [];
    for (let left = this.size(); left > 0; left--, this.at += 3)
      upvalues.push({ inStack: this.bytes[this.at] !== 0, index: this.bytes[this.at + 1] ?? 0 });
    return upvalues;
  }

  private lines(length: number, first: number): Uint32Array {
    const lines = new Uint32Array(length);
    const steps = this.size();
    const from = this.skip(steps);
    const absolute = new Map<number, number>();
    for (let left = this.size(); left > 0; left--) absolute.set(this.size(), this.size());
    let line = first;
    for (let pc = 0; pc < steps; pc++) {
      const step = this.bytes.readInt8(from + pc);
      lines[pc] = line = step === ABSOLUTE ? (absolute.get(pc) ?? line) : line + step;
    }
    return lines;
  }

  private locals(): readonly LocalVariable[] {
    const locals: LocalVariable[] = [];
    for (let left = this.size(); left > 0; left--) {
      this.skipText();
      locals.push({ from: this.size(), to: this.size() });
    }
    return locals;
  }

  private constant(): Constant {
    switch (this.byte()) {
      case 0x01:
        return false;
      case 0x11:
        return true;
      case 0x03:
        return whole(this.bytes.readBigInt64LE(this.skip(8)));
      case 0x13:
        return this.bytes.readDoubleLE(this.skip(8));
      case 0x04:
      case 0x14:
        return this.text();
      default:
        return null;
    }
  }

  private text(): string | Uint8Array {
    const size = Math.max(0, this.size() - 1);
    const from = this.skip(size);
    const text = this.bytes.toString("utf8", from, from + size);
    const bytes = text.includes("\uFFFD") ? this.bytes.subarray(from, from + size) : undefined;
    return bytes === undefined || isUtf8(bytes) ? text : new Uint8Array(bytes);
  }

  private skipText(): void {
    this.skip(Math.max(0, this.size() - 1));
  }

  /** Seven bits a byte, the last one marked. */
  private size(): number {
    for (let value = 0; ;) {
      const byte = this.byte();
      value = value * 128 + (byte & 0x7f);
      if ((byte & 0x80) !== 0) return value;
    }
  }

  private byte(): number {
    return this.bytes[this.at++] ?? 0;
  }

  private skip(count: number): number {
    const from = this.at;
    this.at += count;
    return from;
  }
}

function whole(value: bigint): number | bigint {
  const plain = Number(value);
  return Number.isSafeInteger(plain) ? plain : value;
}
