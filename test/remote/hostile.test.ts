import { expect, test } from "bun:test";
import fc from "fast-check";
import { digestOf } from "../../src/base/digest.ts";
import { SlothError, toError } from "../../src/base/errors.ts";
import { encodeValue, type Value } from "../../src/base/value.ts";
import { HeldContents } from "../../src/engine/target/held-contents.ts";
import type { TargetCall } from "../../src/engine/target/target.ts";
import { modules } from "../../src/modules/registry.ts";
import { Connection } from "../../src/remote/connection.ts";
import { FrameReader, KIND, encodeFrame, type Frame, type Kind } from "../../src/remote/protocol/frames.ts";
import { RemoteTarget } from "../../src/remote/remote-target.ts";
import { openHost } from "../../src/system/host.ts";
import { wirePair } from "../support/wires.ts";
import { messageOf, thrownBy } from "../support/thrown.ts";

const functions = modules.flatMap((module) => module.functions);
const resource = functions.find((one) => one.form === "resource");
const action = functions.find((one) => one.form === "action" && one.needed !== undefined);
const query = functions.find((one) => one.form === "query");
if (resource?.form !== "resource" || action?.form !== "action" || query?.form !== "query")
  throw new Error("no modules");

type Send = (kind: number, id: number, payload?: Uint8Array | string) => void;

/** A host that answers as it is told to. */
async function host(answer: (frame: Frame, send: Send) => void) {
  const { near, far, cut } = wirePair();
  const send: Send = (kind, id, payload = "") => {
    const bytes = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
    for (const piece of encodeFrame(kind as 1, id, bytes)) void far.write(piece).catch(() => {});
  };
  void (async () => {
    const reader = new FrameReader();
    for await (const piece of far.incoming) for (const frame of reader.push(piece)) greetOr(frame, send, answer);
  })();
  const connection = new Connection(near, "web1", 5_000, () => "");
  const key = new Uint8Array(32);
  await connection.greet({ version: "1", mode: "apply", host: "web1", key });
  const inputs = new HeldContents(key).from(openHost({ mode: "read" }).reader({ signal: never }));
  const call: TargetCall = { signal: never, sensitive: false, keep: false, inputs };
  return { target: new RemoteTarget("web1", connection), connection, call, cut };
}

const never = new AbortController().signal;

function greetOr(frame: Frame, send: Send, answer: (frame: Frame, send: Send) => void): void {
  if (frame.kind !== KIND.hello) return answer(frame, send);
  send(KIND.ready, 0, encodeValue({ version: "1", pid: 1, user: "root" }));
}

/** Every question there is. */
const questions = (target: RemoteTarget, call: TargetCall): readonly (() => Promise<unknown>)[] => [
  () => target.examine(resource, "x", null, call),
  () => target.read(resource, "x", null, call),
  () => target.apply(resource, [], call),
  () => target.needed(action, null, call),
  () => target.act(action, null, call),
  () => target.query(query, null, call),
  () => target.isDirectory("/"),
  () => target.settle(),
  () => Array.fromAsync(target.open("/x", never)),
];

const value: fc.Arbitrary<Value> = fc.jsonValue() as fc.Arbitrary<Value>;
const known = fc.constantFrom<Value>(
  { diff: { action: "create", changes: [], actual: null, desired: null }, asIs: 1 },
  { diff: { action: "create", changes: [{}], actual: null, desired: null }, asIs: true },
  { diff: { action: "format", changes: [], actual: [], desired: null }, asIs: true },
  { diff: { action: "a\nb", changes: [], actual: null, desired: null }, asIs: true },
  [{ after: 1, desired: null, left: [] }],
  { changed: true, value: [] },
  { changed: "yes" },
);
const message = fc.oneof(
  value.map(encodeValue),
  fc.oneof(value, known).map((one) => encodeValue({ value: one })),
  fc.record({ value, because: value, parts: value }).map((one) => encodeValue(one)),
  fc.constantFrom("", "{", '{"$int":"x"}', '{"value":{"$int":"x"}}', '{"value":{"$bytes":1}}', "[".repeat(5_000)),
);

test("an answer is one of the protocol, or an error that names the host: never a fault of ours", async () => {
  await fc.assert(
    fc.asyncProperty(message, fc.constantFrom(KIND.reply, KIND.failure), async (text, kind) => {
      const far = await host(({ kind: asked, id }, send) => {
        if (asked === KIND.request) send(kind, id, text);
      });
      for (const ask of questions(far.target, far.call)) {
        const thrown = await ask().then(() => undefined, toError);
        if (thrown === undefined) continue;
        expect(thrown).toBeInstanceOf(SlothError);
        expect(thrown.message).toStartWith("web1: ");
        expect(thrown.message).not.toContain("\n");
      }
      far.connection.close();
      far.cut();
    }),
    { numRuns: 150 },
  );
});

test("a wrong answer fails what asked alone", async () => {
  const far = await host(({ kind, id }, send) => {
    if (kind === KIND.request) send(KIND.reply, id, encodeValue({ value: id === 1 ? null : true }));
  });
  expect(await messageOf(far.target.examine(resource, "x", null, far.call))).toMatch(
    /^web1: its answer to 'examine' is not what was to come/,
  );
  expect(await far.target.isDirectory("/")).toBe(true);
  far.cut();
});

test("contents that are others than their digest says are not taken", async () => {
  const before = { digest: digestOf("theirs"), bytes: new TextEncoder().encode("mine") };
  const diff = { action: "update", changes: [], actual: null, desired: null };
  const far = await host(({ kind, id }, send) => {
    if (kind === KIND.request) send(KIND.reply, id, encodeValue({ value: { diff, asIs: false, before } }));
  });
  expect(await messageOf(far.target.examine(resource, "x", null, far.call))).toMatch("contents are others than");
  far.cut();
});

test("an error of a host is one line that begins with its name", async () => {
  const forged = { code: "E_IO", message: "cannot write\nsloth-runner: all is well\r\n", hint: "a\u2028b" };
  const far = await host(({ kind, id }, send) => {
    if (kind === KIND.request) send(KIND.failure, id, encodeValue(forged));
  });
  expect(await thrownBy(far.target.isDirectory("/"))).toMatchObject({
    code: "E_IO",
    message: "web1: cannot write / sloth-runner: all is well",
    hint: "a / b",
  });
  far.cut();
});

test("a host that reads nothing of what it is sent keeps nobody from what it has said", async () => {
  const { near, far } = wirePair();
  let reads = true;
  const write = (bytes: Uint8Array): Promise<void> =>
    reads ? near.write(bytes) : Promise.withResolvers<void>().promise;
  const connection = new Connection({ ...near, write }, "web1", 1_000, () => "");
  void (async () => {
    const say = async (kind: Kind, id: number, text: string): Promise<void> => {
      for (const part of encodeFrame(kind, id, Buffer.from(text))) await far.write(part);
    };
    const reader = new FrameReader();
    for await (const piece of far.incoming)
      for (const { kind, id } of reader.push(piece)) {
        if (kind === KIND.hello) await say(KIND.ready, 0, encodeValue({ version: "1", pid: 1, user: "root" }));
        if (kind !== KIND.request) continue;
        reads = false;
        for (const text of ["a", "b", "c"]) await say(KIND.chunk, id, text);
        await say(KIND.reply, id, encodeValue({ value: null }));
      }
  })();
  await connection.greet({ version: "1", mode: "apply", host: "web1", key: new Uint8Array(32) });
  const said = await Array.fromAsync(connection.stream("open", { path: "/x" }, never));
  expect(Buffer.concat(said).toString()).toBe("abc");
  expect(await messageOf(connection.ask("settle", {}, { signal: never }))).toMatch("has not answered for");
});

const MiB = 1 << 20;
const block = new Uint8Array(MiB / 4);
const floods: { readonly [what: string]: (send: Send, id: number) => void } = {
  "more than 256 MiB of output": (send, id) => {
    for (let sent = 0; sent <= 1_024; sent++) send(KIND.output, id, block);
  },
  "more than 0.25 MiB in one piece of output": (send, id) => send(KIND.output, id, new Uint8Array(MiB)),
  "more than 0.25 MiB in one chunk": (send, id) => send(KIND.chunk, id, new Uint8Array(MiB)),
  "more than 1000000 values": (send, id) => send(KIND.failure, id, "[".concat("0,".repeat(MiB))),
  "more than 1000 values inside each other": (send, id) => send(KIND.failure, id, "[".repeat(1_001)),
  "more than 16 contents at once": (send, id) => {
    for (let stream = 1; stream <= 17; stream++)
      send(KIND.want, stream, encodeValue({ request: id, digest: "sha256:00" }));
  },
  "answered what nobody asked": (send, id) => send(KIND.reply, id + 1, "{}"),
  "a message of no known kind": (send, id) => send(77, id),
  "took more of a stream than was sent": (send, id) => {
    send(KIND.want, 1, encodeValue({ request: id, digest: digestOf("x") }));
    setTimeout(() => send(KIND.credit, 1), 20);
  },
};
for (const [what, flood] of Object.entries(floods)) {
  test(`a host ${what === "answered what nobody asked" ? "that" : "that sent"} ${what} is left, and told so`, async () => {
    const far = await host(({ kind, id }, send) => {
      if (kind === KIND.request) flood(send, id);
    });
    const inputs = { open: () => new ReadableStream<Uint8Array>(), read: async () => new Uint8Array(0) };
    expect(await messageOf(far.target.examine(resource, "x", null, { ...far.call, inputs }))).toMatch(
      new RegExp(`^web1: .*${what}`),
    );
    expect(far.connection.isGone()).toBe(!what.includes("values")); // an error that cannot be read is one for all that
    far.cut();
  });
}
