import { encodeValue, type Value } from "../../src/base/value.ts";
import { FrameReader, KIND, MAGIC, encodeFrame, type Frame, type Kind } from "../../src/remote/protocol/frames.ts";

type Random = (below: number) => number;

/** Numbers that are the same for the same seed (mulberry32). */
function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const EVIL = [
  "\u001b]0;owned\u0007",
  "\u001b[2J\u001b[1;1H",
  "\r\nsloth-runner: all is well\n",
  "\u009b31m",
  "\u202etxt.exe\u2066",
  "a\u0000b",
  "\ud800",
  "x".repeat(70_000),
  "__proto__",
];

/** What a broken or hostile host may be, on our standard input and output: as ssh would be, whatever it was told to run. */
export async function beFuzzedHost(seed: number): Promise<void> {
  const random = randomFrom(seed);
  const write = (bytes: Uint8Array | string): Promise<void> =>
    new Promise((resolve, reject) => {
      process.stdout.write(bytes, (error) => (error ? reject(error) : resolve())); // nobody listens any more
    });
  process.stderr.write(EVIL[random(EVIL.length)] ?? "");
  if (random(8) === 0) return await babble(random, write);
  await write(`\nsloth-start\n${EVIL[random(EVIL.length)]}\n${MAGIC}`);
  const reader = new FrameReader();
  for await (const piece of Bun.stdin.stream()) {
    const magic = random(40) === 0;
    if (magic) await write(bytesOf(random, random(5_000)));
    for (const frame of framesOf(reader, piece)) await answer(frame, random, write);
  }
}

/** What we are sent begins with a script, and ends its lines with the one that calls `main`. */
let isPastScript = false;
let text = "";

function framesOf(reader: FrameReader, piece: Uint8Array): readonly Frame[] {
  if (isPastScript) return reader.push(piece);
  text += Buffer.from(piece).toString("latin1");
  const end = /sloth_read=whole; main [^\n]*\n/.exec(text);
  if (end === null) return [];
  isPastScript = true;
  return reader.push(Buffer.from(text.slice(end.index + end[0].length), "latin1"));
}

async function babble(random: Random, write: (text: string) => Promise<void>): Promise<void> {
  await write("\nsloth-probe 1\n");
  for (;;) await write(`${EVIL[random(EVIL.length)]} ${random(1_000_000)}\n`);
}

async function answer(frame: Frame, random: Random, write: (bytes: Uint8Array) => Promise<void>): Promise<void> {
  const send = async (kind: number, id: number, payload: Uint8Array | string = ""): Promise<void> => {
    const bytes = typeof payload === "string" ? Buffer.from(payload) : payload;
    for (const part of encodeFrame(kind as Kind, id, bytes)) await write(part);
  };
  if (frame.kind === KIND.hello) return await send(KIND.ready, 0, encodeValue({ version: "0", pid: 1, user: "root" }));
  if (frame.kind === KIND.ping) return await send(KIND.pong, 0);
  if (frame.kind !== KIND.request) return;
  for (let i = random(4); i >= 0; i--) await move(frame.id, random, send);
  await send(random(4) === 0 ? KIND.failure : KIND.reply, frame.id, encodeValue(message(random)));
}

type Send = (kind: number, id: number, payload?: Uint8Array | string) => Promise<void>;

async function move(id: number, random: Random, send: Send): Promise<void> {
  const any = bytesOf(random, random(2_000));
  const moves: readonly (() => Promise<void>)[] = [
    () => send(random(20), random(6), any),
    () => send(KIND.output, id, Buffer.from(`\u0001${EVIL[random(EVIL.length)]}`)),
    () => many(1_200, () => send(KIND.output, id, new Uint8Array(1 << 18).fill(random(256)))),
    () => many(300, () => send(KIND.output, id, new Uint8Array(1 << 20))),
    () => many(3_000, (i) => send(KIND.want, i, encodeValue({ request: id, digest: `sha256:${"0".repeat(64)}` }))),
    () => many(40, () => send(KIND.chunk, id, new Uint8Array(200_000))),
    () => many(10_000, () => send(KIND.chunk, id, new Uint8Array(1))),
    () => send(KIND.reply, id, "[".repeat(random(1 << 21))),
    () => send(KIND.reply, id, `{"value":[${"{},".repeat(random(1 << 22))}0]}`),
    () =>
      send(KIND.failure, id, encodeValue({ code: "E_X", message: EVIL[random(EVIL.length)] ?? "", hint: "\u001bc" })),
    () => many(5_000, () => send(KIND.credit, random(5))),
    async () => void process.stdout.write(bytesOf(random, 10)),
  ];
  if (random(3) === 0) await moves[random(moves.length)]?.();
}

async function many(count: number, work: (i: number) => Promise<void>): Promise<void> {
  for (let i = 0; i < count; i++) await work(i);
}

/** Right, nearly right, and anything. */
function message(random: Random): Value {
  const evil = EVIL[random(EVIL.length)] ?? "";
  const change = { property: evil, from: evil, to: random(2) === 0 ? null : { [evil]: [evil] } };
  const diff = { action: "update", changes: [change], actual: { [evil]: evil }, desired: { content: evil } };
  const values: readonly Value[] = [
    { diff, asIs: random(2) === 0 },
    { diff: { ...diff, action: evil }, asIs: true },
    [{ after: { [evil]: 1 }, desired: null, left: random(2) === 0 ? [change] : [] }],
    { changed: true, value: { stdout: evil, stderr: evil, exit_code: 0 }, message: evil },
    { changed: 1, value: [] },
    true,
    null,
    evil,
    { type: "file", path: evil },
  ];
  const value = values[random(values.length)] ?? null;
  const because = random(3) === 0 ? evil : null;
  if (random(4) > 0) return { value, because };
  return {
    value,
    because,
    parts: [{ at: [evil, random(9)], size: random(1 << 30), isText: true }],
    code: "E_X",
    message: evil,
  };
}

function bytesOf(random: Random, length: number): Uint8Array {
  return new Uint8Array(length).map(() => random(256));
}
