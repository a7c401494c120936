import type { Digest } from "../base/digest.ts";
import type { Inputs } from "../engine/resource.ts";
import { SlothError, toError } from "../base/errors.ts";
import { Body, putBack } from "./protocol/beside.ts";
import { KIND, type Frame } from "./protocol/frames.ts";
import { CHUNK_BYTES, OUTPUT_BYTES, STREAMS_OF_A_REQUEST, mebibytes, tooMuch } from "./protocol/limits.ts";
import { FrameLink, type Wire } from "./protocol/link.ts";
import {
  checked,
  failureFrom,
  failureOf,
  named,
  oneLine,
  readAs,
  ready,
  reply,
  wanted,
  written,
  type Hello,
  type Ready,
} from "./protocol/messages.ts";
import { operations, type Answers, type Asks, type OperationName } from "./protocol/operations.ts";
import { Incoming, Outgoing } from "./protocol/streams.ts";
import { lastLines } from "./ssh-failure.ts";

const PING_MS = 2_000;

export interface AskOptions {
  readonly signal: AbortSignal;
  readonly inputs?: Inputs | undefined;
  readonly onOutput?: ((stream: "stdout" | "stderr", chunk: Uint8Array) => void) | undefined;
}

export interface Answer<T> {
  readonly value: T;
  /** In plan: why something there may be other than it looks. */
  readonly because: string | undefined;
}

/** A request that was not answered yet. */
interface Pending extends AskOptions {
  readonly answered: PromiseWithResolvers<Uint8Array>;
  /** What comes beside the answer. */
  readonly beside: Incoming;
  /** Of contents that it is sent. */
  readonly streams: Set<number>;
  output: number;
}

const GREETING = 0;

/** The controller's end of a connection to one host: requests out, answers back, contents when they are asked for. */
export class Connection {
  private readonly link: FrameLink;
  private readonly outgoing: Outgoing;
  private readonly host: string;
  private readonly silenceMs: number;
  private readonly pending = new Map<number, Pending>();
  private readonly said: () => string;
  private lastId = GREETING;
  private gone: SlothError | undefined;
  private readonly pulse: ReturnType<typeof setInterval>;

  /** `said`: what came on ssh's standard error, quoted when the connection is lost. */
  constructor(wire: Wire, host: string, silenceMs: number, said: () => string) {
    this.link = new FrameLink(wire);
    this.outgoing = new Outgoing(this.link);
    this.host = host;
    this.silenceMs = silenceMs;
    this.said = said;
    this.pulse = setInterval(() => this.beat(), PING_MS);
    this.link
      .listen((frame) => this.receive(frame))
      .then(
        () => this.fail(this.lost("the connection ended")),
        (thrown: unknown) => this.fail(this.broken(toError(thrown))),
      );
  }

  /** Asks and waits; the answer's errors are SlothErrors that name the host. */
  async ask<N extends OperationName>(operation: N, asks: Asks<N>, options: AskOptions): Promise<Answer<Answers<N>>> {
    const body = new Body();
    const { beside } = operations[operation];
    return await this.converse(operation, asks, options, (stream) => body.fill(stream, beside), body);
  }

  /** Asks for an answer that is a stream, and takes it as it comes. */
  async *stream<N extends OperationName>(operation: N, asks: Asks<N>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const through = new TransformStream<Uint8Array, Uint8Array>();
    const writer = through.writable.getWriter();
    const stop = new AbortController();
    const pass = async (stream: AsyncIterable<Uint8Array>): Promise<void> => {
      let isTaken = true; // what is on its way when the taker stops is let go
      for await (const chunk of stream) if (isTaken) await writer.write(chunk).catch(() => (isTaken = false));
    };
    const options = { signal: AbortSignal.any([signal, stop.signal]) };
    const answered = this.converse(operation, asks, options, pass, new Body()).then(
      () => writer.close(),
      (thrown: unknown) => writer.abort(thrown),
    );
    try {
      yield* through.readable;
      await answered;
    } finally {
      stop.abort(new SlothError("E_CANCELLED", "was stopped"));
      void answered.catch(() => {}); // whoever stopped early does not want to know
    }
  }

  /** It was lost or closed; every request fails. */
  isGone(): boolean {
    return this.gone !== undefined;
  }

  /** Ends the connection; what is pending fails. */
  close(): void {
    this.fail(new SlothError("E_HOST_CLOSED", `${this.host}: the connection was closed`));
  }

  /** The far end's answer to hello. */
  async greet(hello: Hello): Promise<Ready> {
    const { answered } = this.wait(GREETING, { signal: new AbortController().signal });
    this.link
      .send(KIND.hello, GREETING, written(hello))
      .catch((thrown: unknown) => this.fail(this.broken(toError(thrown))));
    const payload = await answered.promise.finally(() => this.pending.delete(GREETING));
    return this.ofHost(() => readAs(ready, payload, "its first word"));
  }

  private async converse<N extends OperationName>(
    operation: N,
    asks: Asks<N>,
    options: AskOptions,
    take: (beside: AsyncIterable<Uint8Array>) => Promise<void>,
    body: Body,
  ): Promise<Answer<Answers<N>>> {
    if (this.gone !== undefined) throw this.gone;
    const id = ++this.lastId;
    const request = written({ operation, asks });
    const { answered, beside, streams } = this.wait(id, options);
    const taken = take(beside).catch((thrown: unknown) => this.fail(this.broken(toError(thrown))));
    const cancel = (): void => void this.link.send(KIND.cancel, id).catch(() => {});
    options.signal.addEventListener("abort", cancel, { once: true });
    this.link.send(KIND.request, id, request).catch((thrown: unknown) => this.fail(this.broken(toError(thrown))));
    try {
      const payload = await answered.promise;
      beside.end();
      await taken;
      return this.ofHost(() => answerOf(operation, payload, body));
    } catch (thrown) {
      throw isCancelled(thrown) && options.signal.aborted ? toError(options.signal.reason) : thrown;
    } finally {
      beside.end();
      options.signal.removeEventListener("abort", cancel);
      this.pending.delete(id);
      for (const stream of streams) this.outgoing.stop(stream, contentsGone());
    }
  }

  private wait(id: number, options: AskOptions): Pending {
    const pending: Pending = {
      ...options,
      answered: Promise.withResolvers<Uint8Array>(),
      beside: new Incoming(() => this.link.send(KIND.credit, id)),
      streams: new Set(),
      output: 0,
    };
    this.pending.set(id, pending);
    return pending;
  }

  private receive(frame: Frame): void {
    if (this.gone !== undefined) return;
    const { kind, id, payload } = frame;
    if (kind === KIND.pong) return;
    if (kind === KIND.credit) return this.outgoing.grant(id);
    if (kind === KIND.want) return this.supply(id, payload);
    const pending = this.pending.get(id);
    if (pending === undefined) throw new SlothError("E_PROTOCOL", "answered what nobody asked");
    if (kind === (id === GREETING ? KIND.ready : KIND.reply)) pending.answered.resolve(payload);
    else if (kind === KIND.failure) pending.answered.reject(this.failureIn(payload));
    else if (kind === KIND.output) show(pending, payload);
    else if (kind === KIND.chunk) pending.beside.push(payload);
    else throw new SlothError("E_PROTOCOL", `sent a message of no known kind (${kind})`);
  }

  /** Sends what the far end asks for, no faster than it takes it. */
  private supply(stream: number, payload: Uint8Array): void {
    const { request, digest } = readAs(wanted, payload, "what it wants");
    const pending = this.pending.get(request);
    if (pending === undefined) throw new SlothError("E_PROTOCOL", "wanted contents for what nobody asked");
    if (pending.streams.size === STREAMS_OF_A_REQUEST || pending.streams.has(stream))
      throw new SlothError("E_PROTOCOL", `wanted more than ${STREAMS_OF_A_REQUEST} contents at once`);
    pending.streams.add(stream);
    void this.sendContents(stream, digest, pending).finally(() => pending.streams.delete(stream));
  }

  private async sendContents(stream: number, digest: string, { inputs }: Pending): Promise<void> {
    try {
      if (inputs === undefined) throw contentsGone();
      // The far end says which digest it was sent in `want`; a wrong one is not held and fails here.
      await this.outgoing.send(stream, inputs.open(digest as Digest));
      await this.link.send(KIND.chunksEnd, stream);
    } catch (thrown) {
      await this.link.send(KIND.chunksFailed, stream, written(failureOf(thrown))).catch(() => {});
    }
  }

  private beat(): void {
    const silence = performance.now() - this.link.heardAt;
    if (silence > this.silenceMs) return this.fail(this.lost(`has not answered for ${Math.round(silence / 1000)} s`));
    void this.link.send(KIND.ping, 0).catch(() => {});
  }

  private failureIn(payload: Uint8Array): Error {
    try {
      return this.ofHost(() => failureFrom(payload, this.host));
    } catch (thrown) {
      return toError(thrown);
    }
  }

  /** What it throws names the host. */
  private ofHost<T>(work: () => T): T {
    try {
      return work();
    } catch (thrown) {
      if (!(thrown instanceof SlothError)) throw thrown;
      const { code, message, hint, cause } = thrown;
      throw new SlothError(code, named(this.host, message), { hint, cause });
    }
  }

  /** The stream cannot be trusted any more, or not be written to. */
  private broken(error: Error): SlothError {
    if (!(error instanceof SlothError) || error.code !== "E_PROTOCOL") return this.lost(error.message);
    const hint = "it speaks another language than ours, or means ill; look at what is on that host";
    return new SlothError("E_PROTOCOL", named(this.host, error.message), { hint, cause: error });
  }

  private lost(what: string): SlothError {
    const hint = "what was being changed there is in the record; run again to finish it";
    const said = oneLine(lastLines(this.said()));
    return new SlothError("E_HOST_LOST", `${this.host}: ${what}${said}`, { hint });
  }

  private fail(error: SlothError): void {
    clearInterval(this.pulse);
    if (this.gone !== undefined) return;
    this.gone = error;
    this.outgoing.stopAll(error);
    for (const { answered, beside } of this.pending.values()) {
      answered.reject(error);
      beside.end();
    }
    this.link.close();
  }
}

function answerOf<N extends OperationName>(operation: N, payload: Uint8Array, body: Body): Answer<Answers<N>> {
  const what = `its answer to '${operation}'`;
  const { value, because, parts = [] } = readAs(reply, payload, what);
  const whole = putBack(value ?? null, parts, body);
  return {
    value: checked<Answers<N>>(operations[operation].answers, whole, what),
    because: because === undefined || because === null ? undefined : oneLine(because),
  };
}

/** It says only that it was stopped: why is known here. */
function isCancelled(thrown: unknown): boolean {
  return thrown instanceof SlothError && thrown.code === "E_CANCELLED";
}

function show(pending: Pending, payload: Uint8Array): void {
  if (payload.length > CHUNK_BYTES + 1) throw tooMuch(`${mebibytes(CHUNK_BYTES)} in one piece of output`);
  pending.output += payload.length;
  if (pending.output > OUTPUT_BYTES) throw tooMuch(`${mebibytes(OUTPUT_BYTES)} of output for one call`);
  pending.onOutput?.(payload[0] === 1 ? "stdout" : "stderr", payload.subarray(1));
}

function contentsGone(): SlothError {
  return new SlothError("E_CONTENTS_GONE", "these contents are not held any more");
}
