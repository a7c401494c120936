import { expect, test } from "bun:test";
import fc from "fast-check";
import { FrameReader, KIND, encodeFrame, type Frame } from "../../../src/remote/protocol/frames.ts";
import { FRAME_BYTES } from "../../../src/remote/protocol/limits.ts";

const frames = fc.array(
  fc.record({
    kind: fc.constantFrom(...Object.values(KIND)),
    id: fc.nat(2 ** 32 - 1),
    payload: fc.uint8Array({ maxLength: 300 }),
  }),
  { maxLength: 12 },
);

test("frames come out as they went in, however the stream is cut", () => {
  fc.assert(
    fc.property(frames, fc.integer({ min: 1, max: 40 }), (sent, step) => {
      const bytes = Buffer.concat(sent.map(({ kind, id, payload }) => encodeFrame(kind, id, payload)).flat());
      const reader = new FrameReader();
      const received: Frame[] = [];
      for (let at = 0; at < bytes.length; at += step) received.push(...reader.push(bytes.subarray(at, at + step)));
      expect(received.map((frame) => ({ ...frame, payload: [...frame.payload] }))).toEqual(
        sent.map((frame) => ({ ...frame, payload: [...frame.payload] })),
      );
    }),
  );
});

test("a length that cannot be is refused, not waited for", () => {
  const bytes = new Uint8Array(9);
  new DataView(bytes.buffer).setUint32(0, FRAME_BYTES + 1);
  expect(() => new FrameReader().push(bytes)).toThrow("sent more than 16 MiB");
});
