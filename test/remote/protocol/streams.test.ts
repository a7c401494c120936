import { expect, test } from "bun:test";
import { WINDOW_CHUNKS } from "../../../src/remote/protocol/limits.ts";
import { FrameLink, type Wire } from "../../../src/remote/protocol/link.ts";
import { Incoming, Outgoing } from "../../../src/remote/protocol/streams.ts";
import { messageOf } from "../../support/thrown.ts";

test("no more comes than is taken", async () => {
  let credits = 0;
  const stream = new Incoming(async () => void credits++);
  for (let i = 0; i < WINDOW_CHUNKS; i++) stream.push(new Uint8Array([i]));
  expect(() => stream.push(new Uint8Array(1))).toThrow("sent more than was taken of a stream");
  stream.end();
  expect((await Array.fromAsync(stream)).slice(0, WINDOW_CHUNKS)).toEqual(
    Array.from({ length: WINDOW_CHUNKS }, (_, i) => new Uint8Array([i])),
  );
  expect(credits).toBeGreaterThanOrEqual(WINDOW_CHUNKS);
});

test("no more is sent than is taken, and a stream that nobody takes ends when it is stopped", async () => {
  let written = 0;
  const wire: Wire = {
    write: async () => void written++,
    incoming: (async function* () {})(),
    close: () => undefined,
  };
  async function* endless() {
    for (;;) yield new Uint8Array(1);
  }
  const outgoing = new Outgoing(new FrameLink(wire));
  const sending = outgoing.send(7, endless());
  await Bun.sleep(5);
  expect(written).toBe(WINDOW_CHUNKS);
  outgoing.grant(7);
  await Bun.sleep(5);
  expect(written).toBe(WINDOW_CHUNKS + 1);
  outgoing.stop(7, new Error("nobody is there"));
  expect(await messageOf(sending)).toMatch("nobody is there");
});
