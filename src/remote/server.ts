import type { Digest } from "../base/digest.ts";
import type { Inputs } from "../engine/resource.ts";
import type { Value, ValueObject } from "../base/value.ts";
import { SlothError, toError } from "../base/errors.ts";
import { KIND, type Frame } from "./protocol/frames.ts";
import { FrameLink, errorFrom, errorValue, payloadOf, type Wire } from "./protocol/link.ts";

/** What a request may use at the far end. */
export interface RequestContext {
  readonly signal: AbortSignal;
  /** Contents come from the controller, when they are asked for. */
  readonly inputs: Inputs;
  readonly onOutput: (stream: "stdout" | "stderr", chunk: Uint8Array) => void;
}

export interface Handlers {
  hello(message: ValueObject): Promise<ValueObject> | ValueObject;
  request(message: ValueObject, context: RequestContext): Promise<Value | undefined> | Value | undefined;
}

/** The controller has to be heard from this often, else it is taken for dead and everything is ended. */
const SILENCE_MS = 20_000;

/** The far end: answers requests, several at once, until the controller goes. Resolves when it is gone and all that ran has ended. */
export async function serve(wire: Wire, handlers: Handlers): Promise<void> {
  const server = new Server(wire, handlers);
  await server.run();
}

class Server {
  private readonly link: FrameLink;
  private readonly handlers: Handlers;
  private readonly running = new Map<number, { readonly controller: AbortController; readonly work: Promise<void> }>();
  private readonly streams = new Map<number, Incoming>();
  private lastStream = 0;

  constructor(wire: Wire, handlers: Handlers) {
    this.link = new FrameLink(wire);
    this.handlers = handlers;
  }

  async run(): Promise<void> {
    const watch = setInterval(() => this.watch(), SILENCE_MS / 4);
    // A broken stream ends as a closed one does: there is nobody to tell.
    await this.link.listen((frame) => this.receive(frame)).catch(() => {});
    clearInterval(watch);
    const gone = new SlothError("E_HOST_LOST", "the controller is gone");
    for (const { controller } of this.running.values()) controller.abort(gone);
    for (const stream of this.streams.values()) stream.fail(gone);
    await Promise.all([...this.running.values()].map(({ work }) => work));
  }

  private watch(): void {
    if (performance.now() - this.link.heardAt > SILENCE_MS) this.link.close();
  }

  private receive(frame: Frame): void {
    if (frame.kind === KIND.request) this.start(frame);
    else if (frame.kind === KIND.hello) void this.greet(frame);
    else if (frame.kind === KIND.cancel)
      this.running.get(frame.id)?.controller.abort(new SlothError("E_CANCELLED", "was stopped"));
    else if (frame.kind === KIND.ping) void this.tell(this.link.send(KIND.pong, 0));
    else if (frame.kind === KIND.chunk) this.streams.get(frame.id)?.push(frame.payload);
    else if (frame.kind === KIND.chunksEnd) this.streams.get(frame.id)?.end();
    else if (frame.kind === KIND.chunksFailed) this.streams.get(frame.id)?.fail(errorFrom(payloadOf(frame)));
  }

  private async greet(frame: Frame): Promise<void> {
    try {
      await this.tell(this.link.sendValue(KIND.ready, 0, await this.handlers.hello(payloadOf(frame))));
    } catch (thrown) {
      await this.tell(this.link.sendValue(KIND.failure, 0, errorValue(toError(thrown))));
    }
  }

  private start(frame: Frame): void {
    const controller = new AbortController();
    const work = this.answer(frame, controller.signal).finally(() => this.running.delete(frame.id));
    this.running.set(frame.id, { controller, work });
  }

  private async answer(frame: Frame, signal: AbortSignal): Promise<void> {
    const inputs: Inputs = {
      open: (digest) => this.open(frame.id, digest),
      read: async (digest) => new Uint8Array(Buffer.concat(await Array.fromAsync(this.open(frame.id, digest)))),
    };
    const onOutput: RequestContext["onOutput"] = (stream, chunk) => {
      const payload = new Uint8Array(chunk.length + 1);
      payload[0] = stream === "stdout" ? 1 : 2;
      payload.set(chunk, 1);
      void this.tell(this.link.send(KIND.output, frame.id, payload));
    };
    try {
      const value = await this.handlers.request(payloadOf(frame), { signal, inputs, onOutput });
      await this.tell(this.link.sendValue(KIND.reply, frame.id, { value: value ?? null }));
    } catch (thrown) {
      await this.tell(this.link.sendValue(KIND.failure, frame.id, errorValue(toError(thrown))));
    }
  }

  /** Asks the controller for contents. */
  private async *open(request: number, digest: Digest): AsyncGenerator<Uint8Array> {
    const id = ++this.lastStream;
    const stream = new Incoming();
    this.streams.set(id, stream);
    try {
      await this.link.sendValue(KIND.want, id, { request, digest });
      for await (const piece of stream) {
        yield piece;
        await this.link.send(KIND.credit, id);
      }
    } finally {
      this.streams.delete(id);
    }
  }

  /** Waits for a send whose failure means that the controller is gone, which `run` sees by itself. */
  private async tell(sent: Promise<void>): Promise<void> {
    await sent.catch(() => {});
  }
}

/** Chunks that came and were not taken yet; the controller's window bounds how many. */
class Incoming implements AsyncIterable<Uint8Array> {
  private readonly pieces: Uint8Array[] = [];
  private ended = false;
  private failure: Error | undefined;
  private wake: (() => void) | undefined;

  push(piece: Uint8Array): void {
    this.pieces.push(piece);
    this.wake?.();
  }

  end(): void {
    this.ended = true;
    this.wake?.();
  }

  fail(error: Error): void {
    this.failure = error;
    this.wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const piece = this.pieces.shift();
      if (piece !== undefined) yield piece;
      else if (this.failure !== undefined) throw this.failure;
      else if (this.ended) return;
      else await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }
}
