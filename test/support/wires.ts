import type { Wire } from "../../src/remote/protocol/link.ts";

/** Two ends of a connection in memory; `cut` ends both as a lost network does. */
export function wirePair(): { readonly near: Wire; readonly far: Wire; readonly cut: () => void } {
  const toFar = new TransformStream<Uint8Array, Uint8Array>();
  const toNear = new TransformStream<Uint8Array, Uint8Array>();
  const [nearWriter, farWriter] = [toFar.writable.getWriter(), toNear.writable.getWriter()];
  const close = (): void => {
    void nearWriter.close().catch(() => {});
    void farWriter.close().catch(() => {});
  };
  const end = (writer: WritableStreamDefaultWriter<Uint8Array>, readable: ReadableStream<Uint8Array>): Wire => ({
    write: (bytes) => writer.write(bytes),
    incoming: readable,
    close,
  });
  return { near: end(nearWriter, toNear.readable), far: end(farWriter, toFar.readable), cut: close };
}
