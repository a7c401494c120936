import type { Digest } from "../base/digest.ts";
import type { Inputs } from "../engine/resource.ts";
import { SlothError } from "../base/errors.ts";
import { takeOut } from "./protocol/beside.ts";
import { KIND, type Frame } from "./protocol/frames.ts";
import { CHUNK_BYTES } from "./protocol/limits.ts";
import { FrameLink, type Wire } from "./protocol/link.ts";
import {
  failureFrom,
  failureOf,
  hello,
  readAs,
  request,
  written,
  type Hello,
  type Ready,
} from "./protocol/messages.ts";
import { Incoming, Outgoing } from "./protocol/streams.ts";

/** What a request may use at the far end. */
export interface RequestContext {
  readonly signal: AbortSignal;
  /** Contents come from the controller, when they are asked for. */
  readonly inputs: Inputs;
  readonly onOutput: (stream: "stdout" | "stderr", chunk: Uint8Array) => void;
  /** Sends bytes beside the answer, as they are. */
  readonly send: (source: AsyncIterable<Uint8Array>) => Promise<void>;
}

export interface Answered {
  readonly value: unknown;
  /** In plan: why something here may be other than it looks. */
  readonly because?: string | undefined;
}

export interface Handlers {
  hello(message: Hello): Promise<Ready> | Ready;
  /** `asks` is not checked yet. */
  answer(operation: string, asks: unknown, context: RequestContext): Promise<Answered>;
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
  private readonly outgoing: Outgoing;
  private readonly handlers: Handlers;
  private readonly running = new Map<number, { readonly controller: AbortController; readonly work: Promise<void> }>();
  private readonly streams = new Map<number, Incoming>();
  private lastStream = 0;

  constructor(wire: Wire, handlers: Handlers) {
    this.link = new FrameLink(wire);
    this.outgoing = new Outgoing(this.link);
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
    this.outgoing.stopAll(gone);
    await Promise.all([...this.running.values()].map(({ work }) => work));
  }

  private watch(): void {
    if (performance.now() - this.link.heardAt > SILENCE_MS) this.link.close();
  }

  private receive({ kind, id, payload }: Frame): void {
    if (kind === KIND.request) this.start(id, payload);
    else if (kind === KIND.hello) void this.greet(payload);
    else if (kind === KIND.cancel) this.running.get(id)?.controller.abort(new SlothError("E_CANCELLED", "was stopped"));
    else if (kind === KIND.ping) void this.tell(this.link.send(KIND.pong, 0));
    else if (kind === KIND.credit) this.outgoing.grant(id);
    else if (kind === KIND.chunk) this.streams.get(id)?.push(payload);
    else if (kind === KIND.chunksEnd) this.streams.get(id)?.end();
    else if (kind === KIND.chunksFailed) this.streams.get(id)?.fail(failureFrom(payload, ""));
  }

  private async greet(payload: Uint8Array): Promise<void> {
    try {
      const said = await this.handlers.hello(readAs(hello, payload, "the controller's first word"));
      await this.tell(this.link.send(KIND.ready, 0, written(said)));
    } catch (thrown) {
      await this.tell(this.link.send(KIND.failure, 0, written(failureOf(thrown))));
    }
  }

  private start(id: number, payload: Uint8Array): void {
    const controller = new AbortController();
    const work = this.answer(id, payload, controller.signal).finally(() => this.running.delete(id));
    this.running.set(id, { controller, work });
  }

  private async answer(id: number, payload: Uint8Array, signal: AbortSignal): Promise<void> {
    try {
      const { operation, asks } = readAs(request, payload, "a request");
      const { value, because } = await this.handlers.answer(operation, asks, this.context(id, signal));
      const { message, parts, bytes } = takeOut(value);
      const reply = written({ value: message, because, parts: parts.length === 0 ? undefined : parts });
      await this.tell(this.outgoing.send(id, all(bytes)).then(() => this.link.send(KIND.reply, id, reply)));
    } catch (thrown) {
      await this.tell(this.link.send(KIND.failure, id, written(failureOf(thrown))));
    }
  }

  private context(id: number, signal: AbortSignal): RequestContext {
    return {
      signal,
      inputs: {
        open: (digest) => this.open(id, digest),
        read: async (digest) => new Uint8Array(Buffer.concat(await Array.fromAsync(this.open(id, digest)))),
      },
      onOutput: (stream, chunk) => {
        for (let at = 0; at < chunk.length; at += CHUNK_BYTES) {
          const piece = chunk.subarray(at, at + CHUNK_BYTES);
          const payload = new Uint8Array(piece.length + 1);
          payload[0] = stream === "stdout" ? 1 : 2;
          payload.set(piece, 1);
          void this.tell(this.link.send(KIND.output, id, payload));
        }
      },
      send: (source) => this.outgoing.send(id, until(signal, source)),
    };
  }

  /** Asks the controller for contents. */
  private async *open(request: number, digest: Digest): AsyncGenerator<Uint8Array> {
    const id = ++this.lastStream;
    const stream = new Incoming(() => this.link.send(KIND.credit, id));
    this.streams.set(id, stream);
    try {
      await this.link.send(KIND.want, id, written({ request, digest }));
      yield* stream;
    } finally {
      this.streams.delete(id);
    }
  }

  /** Waits for a send whose failure means that the controller is gone, which `run` sees by itself. */
  private async tell(sent: Promise<void>): Promise<void> {
    await sent.catch(() => {});
  }
}

async function* all(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

async function* until(signal: AbortSignal, source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of source) {
    signal.throwIfAborted();
    yield piece;
  }
}
