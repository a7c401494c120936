import type { Digest } from "../base/digest.ts";
import type { Inputs } from "../engine/resource.ts";
import { isObject, type Value, type ValueObject } from "../base/value.ts";
import { SlothError, toError } from "../base/errors.ts";
import { KIND, type Frame } from "./protocol/frames.ts";
import { lastLines } from "./ssh-failure.ts";
import { FrameLink, errorFrom, errorValue, payloadOf, type Wire } from "./protocol/link.ts";

/** Chunks on their way that the far end has not taken yet. */
const WINDOW = 8;
const CHUNK = 256 << 10;
const PING_MS = 2_000;

export interface RequestOptions {
  readonly signal: AbortSignal;
  readonly inputs?: Inputs | undefined;
  readonly onOutput?: ((stream: "stdout" | "stderr", chunk: Uint8Array) => void) | undefined;
}

interface Pending extends RequestOptions {
  readonly resolve: (value: Value) => void;
  readonly reject: (error: Error) => void;
}

/** The controller's end of a connection to one host: requests out, answers back, contents when they are asked for. */
export class Connection {
  private readonly link: FrameLink;
  private readonly host: string;
  private readonly silenceMs: number;
  private readonly pending = new Map<number, Pending>();
  private readonly credits = new Map<number, () => void>();
  private readonly said: () => string;
  private lastId = 0;
  private gone: SlothError | undefined;
  private readonly pulse: ReturnType<typeof setInterval>;

  /** `said`: what came on ssh's standard error, quoted when the connection is lost. */
  constructor(wire: Wire, host: string, silenceMs: number, said: () => string) {
    this.link = new FrameLink(wire);
    this.host = host;
    this.silenceMs = silenceMs;
    this.said = said;
    this.pulse = setInterval(() => this.beat(), PING_MS);
    this.link
      .listen((frame) => this.receive(frame))
      .then(
        () => this.fail(this.lost("the connection ended")),
        (thrown: unknown) => this.fail(this.lost(toError(thrown).message)),
      );
  }

  /** Asks and waits; the answer's errors are SlothErrors of the far end. */
  request(message: ValueObject, options: RequestOptions): Promise<Value> {
    if (this.gone !== undefined) return Promise.reject(this.gone);
    const id = ++this.lastId;
    const { promise, resolve, reject } = Promise.withResolvers<Value>();
    this.pending.set(id, { ...options, resolve, reject });
    const cancel = (): void => void this.link.send(KIND.cancel, id).catch(() => {});
    options.signal.addEventListener("abort", cancel, { once: true });
    this.link
      .sendValue(KIND.request, id, message)
      .catch((thrown: unknown) => this.fail(this.lost(toError(thrown).message)));
    return promise.finally(() => {
      options.signal.removeEventListener("abort", cancel);
      this.pending.delete(id);
    });
  }

  /** It was lost or closed; every request fails. */
  isGone(): boolean {
    return this.gone !== undefined;
  }

  /** Ends the connection; what is pending fails. */
  close(): void {
    this.fail(new SlothError("E_HOST_CLOSED", `${this.host}: the connection was closed`));
  }

  /** The far end answered hello. */
  async greet(hello: ValueObject): Promise<ValueObject> {
    const { promise, resolve, reject } = Promise.withResolvers<Value>();
    this.pending.set(0, { signal: new AbortController().signal, resolve, reject });
    await this.link.sendValue(KIND.hello, 0, hello);
    const answer = await promise.finally(() => this.pending.delete(0));
    return isObject(answer) ? answer : {};
  }

  private receive(frame: Frame): void {
    const pending = this.pending.get(frame.id);
    if (frame.kind === KIND.reply) pending?.resolve(payloadOf(frame)["value"] ?? null);
    else if (frame.kind === KIND.ready) pending?.resolve(payloadOf(frame));
    else if (frame.kind === KIND.failure) pending?.reject(errorFrom(payloadOf(frame)));
    else if (frame.kind === KIND.output)
      pending?.onOutput?.(frame.payload[0] === 1 ? "stdout" : "stderr", frame.payload.subarray(1));
    else if (frame.kind === KIND.want) void this.supply(frame.id, payloadOf(frame));
    else if (frame.kind === KIND.credit) this.credits.get(frame.id)?.();
  }

  /** Streams what the far end asks for, no faster than it takes it. */
  private async supply(stream: number, { request, digest }: ValueObject): Promise<void> {
    const window = new Window();
    this.credits.set(stream, () => window.grant());
    try {
      const inputs = this.pending.get(Number(request))?.inputs;
      if (inputs === undefined || typeof digest !== "string")
        throw new SlothError("E_CONTENTS_GONE", "these contents are not held any more");
      // The far end says which digest it was sent in `want`; a wrong one is not held and fails here.
      for await (const piece of inputs.open(digest as Digest)) await this.supplyPiece(stream, piece, window);
      await this.link.send(KIND.chunksEnd, stream);
    } catch (thrown) {
      await this.link.sendValue(KIND.chunksFailed, stream, errorValue(toError(thrown))).catch(() => {});
    } finally {
      this.credits.delete(stream);
    }
  }

  private async supplyPiece(stream: number, piece: Uint8Array, window: Window): Promise<void> {
    for (let at = 0; at < piece.length; at += CHUNK) {
      await window.take();
      await this.link.send(KIND.chunk, stream, piece.subarray(at, at + CHUNK));
    }
  }

  private beat(): void {
    const silence = performance.now() - this.link.heardAt;
    if (silence > this.silenceMs) return this.fail(this.lost(`has not answered for ${Math.round(silence / 1000)} s`));
    void this.link.send(KIND.ping, 0).catch(() => {});
  }

  private lost(what: string): SlothError {
    const hint = "what was being changed there is in the record; run again to finish it";
    return new SlothError("E_HOST_LOST", `${this.host}: ${what}${lastLines(this.said())}`, { hint });
  }

  private fail(error: SlothError): void {
    clearInterval(this.pulse);
    if (this.gone !== undefined) return;
    this.gone = error;
    for (const pending of this.pending.values()) pending.reject(error);
    this.link.close();
  }
}

/** How many more chunks may be sent. */
class Window {
  private free = WINDOW;
  private waiting: (() => void) | undefined;

  grant(): void {
    this.free++;
    this.waiting?.();
  }

  async take(): Promise<void> {
    while (this.free === 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.waiting = resolve;
      await promise;
    }
    this.free--;
  }
}
