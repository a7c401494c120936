import { pause } from "../../base/pause.ts";
import { digester, type Digest } from "../../base/digest.ts";
import { SlothError, toError } from "../../base/errors.ts";
import { fetchFollowing, NoAnswer, noAnswer } from "./fetch.ts";

export interface DownloadRequest {
  readonly url: string;
  /** The URL for messages. */
  readonly shown: string;
  readonly headers: { readonly [name: string]: string };
  readonly sha256: Digest | undefined;
  /** Given up when nothing comes for so long. */
  readonly silenceMs: number;
  readonly retries: number;
  /** PEM; undefined: those we were built with. */
  readonly authorities: string | undefined;
}

/**
 * Gives the body to `write`, which is to leave no trace when the body fails: by a lost connection, a status or a wrong digest, known
 * before it ends. What may go better another time is tried again, from the beginning.
 */
export async function fetchWithRetries(
  request: DownloadRequest,
  signal: AbortSignal,
  write: (body: AsyncIterable<Uint8Array>) => Promise<void>,
): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await write(bodyOf(request, signal));
    } catch (error) {
      const again = error instanceof DownloadFailure && error.passing && attempt < request.retries;
      if (!again || signal.aborted) throw error;
      await pause(Math.min(4000, 100 * 2 ** attempt), signal);
    }
  }
}

class DownloadFailure extends SlothError {
  /** Another attempt may succeed. */
  readonly passing: boolean;
  constructor(code: string, message: string, passing: boolean) {
    super(code, message, { hint: code === "E_CHECKSUM" ? "the old file is still in place" : undefined });
    this.passing = passing;
  }
}

async function* bodyOf(request: DownloadRequest, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const { shown, sha256, silenceMs } = request;
  const silence = new AbortController();
  const expire = (): void => silence.abort(new Error(`nothing came for ${silenceMs / 1000} s`));
  let timer = setTimeout(expire, silenceMs);
  const sum = digester();
  try {
    const response = await send(request, AbortSignal.any([signal, silence.signal]));
    for await (const chunk of response) {
      clearTimeout(timer);
      timer = setTimeout(expire, silenceMs);
      sum.update(chunk);
      yield chunk;
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof DownloadFailure) throw error;
    const why = silence.signal.aborted ? new NoAnswer(toError(silence.signal.reason).message, true) : noAnswer(error);
    throw new DownloadFailure("E_HTTP", `GET ${shown}: ${why.message}`, why.passing);
  } finally {
    clearTimeout(timer);
  }
  const found = sum.finish();
  if (sha256 === undefined || found === sha256) return;
  throw new DownloadFailure("E_CHECKSUM", `${shown} has ${found}, expected ${sha256}`, false);
}

async function send(request: DownloadRequest, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
  const { url, shown, authorities } = request;
  const headers = { "accept-encoding": "identity", ...request.headers };
  const response = await fetchFollowing({ url, headers, signal, authorities });
  if (response.ok) return response.body ?? nothing();
  await response.body?.cancel();
  const passing = response.status >= 500 || response.status === 408 || response.status === 429;
  throw new DownloadFailure("E_HTTP", `GET ${shown}: the answer was ${response.status}`, passing);
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
