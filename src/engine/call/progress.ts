import type { RunContext } from "../context.ts";
import type { Inputs } from "../resource.ts";
import type { Digest } from "../../base/digest.ts";

/** What takes less time is there before anybody asks how far it is. */
const QUIET_MS = 1_000;
const EVERY_MS = 500;

export interface Copying {
  readonly task: string;
  readonly host: string;
  readonly resource: string;
}

/** The same contents, which tell how far they are when they take long, as often as somebody would look. */
export function counted(
  inputs: Inputs,
  sizeOf: (digest: Digest) => number | null,
  { emit }: Pick<RunContext, "emit">,
  copying: Copying,
): Inputs {
  async function* open(digest: Digest): AsyncGenerator<Uint8Array> {
    const startedAt = performance.now();
    let [bytes, toldAt] = [0, startedAt + QUIET_MS - EVERY_MS];
    for await (const chunk of inputs.open(digest)) {
      bytes += chunk.length;
      const now = performance.now();
      if (now - toldAt >= EVERY_MS) {
        toldAt = now;
        emit({ type: "progress", ...copying, bytes, total: sizeOf(digest) });
      }
      yield chunk;
    }
  }
  return { open, read: (digest) => inputs.read(digest) };
}
