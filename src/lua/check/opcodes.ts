/** The instructions of Lua 5.4 in the order of their numbers. */
const NAMES = (
  "MOVE LOADI LOADF LOADK LOADKX LOADFALSE LFALSESKIP LOADTRUE LOADNIL GETUPVAL SETUPVAL GETTABUP GETTABLE GETI GETFIELD " +
  "SETTABUP SETTABLE SETI SETFIELD NEWTABLE SELF ADDI ADDK SUBK MULK MODK POWK DIVK IDIVK BANDK BORK BXORK SHRI SHLI " +
  "ADD SUB MUL MOD POW DIV IDIV BAND BOR BXOR SHL SHR MMBIN MMBINI MMBINK UNM BNOT NOT LEN CONCAT CLOSE TBC JMP EQ LT LE " +
  "EQK EQI LTI LEI GTI GEI TEST TESTSET CALL TAILCALL RETURN RETURN0 RETURN1 FORLOOP FORPREP TFORPREP TFORCALL TFORLOOP " +
  "SETLIST CLOSURE VARARG VARARGPREP EXTRAARG"
).split(" ");

export const OP: Readonly<Record<string, number>> = Object.fromEntries(NAMES.map((name, number) => [name, number]));

export const opOf = (instruction: number): number => instruction & 0x7f;
export const A = (instruction: number): number => (instruction >>> 7) & 0xff;
export const K = (instruction: number): boolean => (instruction & 0x8000) !== 0;
export const B = (instruction: number): number => (instruction >>> 16) & 0xff;
export const C = (instruction: number): number => instruction >>> 24;
export const Bx = (instruction: number): number => instruction >>> 15;
export const sBx = (instruction: number): number => Bx(instruction) - 0xffff;
export const Ax = (instruction: number): number => instruction >>> 7;
const sJ = (instruction: number): number => Ax(instruction) - 0xffffff;

const HIGHEST = 256;

/** For each instruction of a function the registers it writes: from the first up to, but not with, the second. */
export interface Writes {
  readonly from: Uint16Array;
  readonly to: Uint16Array;
}

export function writesOf(code: Uint32Array): Writes {
  const [from, to] = [new Uint16Array(code.length), new Uint16Array(code.length)];
  for (let pc = 0; pc < code.length; pc++) {
    const instruction = code[pc] ?? 0;
    const a = A(instruction);
    const [first, count] = RANGES[opOf(instruction)] ?? JUST_A;
    from[pc] = a + first;
    to[pc] = a + first + (typeof count === "number" ? count : count(instruction));
  }
  return { from, to };
}

/** How far behind A it begins, and how many there are. */
type Range = readonly [first: number, count: number | ((instruction: number) => number)];
const JUST_A: Range = [0, 1];

const RANGES: readonly (Range | undefined)[] = byNumber<Range>({
  "SETUPVAL SETTABUP SETTABLE SETI SETFIELD MMBIN MMBINI MMBINK CLOSE TBC JMP SETLIST VARARGPREP EXTRAARG": [0, 0],
  "EQ LT LE EQK EQI LTI LEI GTI GEI TEST RETURN RETURN0 RETURN1 TFORPREP": [0, 0],
  LOADNIL: [0, (instruction) => B(instruction) + 1],
  SELF: [0, 2],
  CONCAT: [0, B],
  "FORLOOP FORPREP": [0, 4],
  TFORCALL: [4, C],
  TFORLOOP: [2, 1],
  "CALL TAILCALL VARARG": [0, HIGHEST],
});

/** What is said of instructions by their names, by their numbers. */
export function byNumber<T>(said: Readonly<Record<string, T>>): readonly (T | undefined)[] {
  const made: (T | undefined)[] = NAMES.map(() => undefined);
  for (const [names, value] of Object.entries(said)) for (const name of names.split(" ")) made[OP[name] ?? 0] = value;
  return made;
}

const JUMPS = byNumber<(instruction: number, pc: number) => number>({
  JMP: (instruction, pc) => pc + 1 + sJ(instruction),
  LFALSESKIP: (_, pc) => pc + 2,
  "FORLOOP TFORLOOP": (instruction, pc) => pc + 1 - Bx(instruction),
  FORPREP: (instruction, pc) => pc + 2 + Bx(instruction),
  TFORPREP: (instruction, pc) => pc + 1 + Bx(instruction),
});

/** Where control may go from an instruction beside the next one. */
export function jumpFrom(instruction: number, pc: number): number | undefined {
  return JUMPS[opOf(instruction)]?.(instruction, pc);
}
