import type { FetchOptions, FetchResponse } from "ofetch";
import type { ActionResult, Inputs } from "../../engine/resource.ts";
import { SlothError, toError } from "../../base/errors.ts";
import type { ReadSystem } from "../../system/system.ts";
import { bytesValue } from "../_kit/bytes.ts";
import { dropNulls } from "../../base/formats/text-form.ts";
import { unseal, unsealAll } from "../_kit/sealed.ts";
import { decodeJson } from "../../base/formats/json-text.ts";
import type { RequestWant } from "./request.ts";

const MAX_BODY = 64 * 1024 * 1024;

export async function send(want: RequestWant, target: ReadSystem, inputs: Inputs): Promise<ActionResult> {
  const deadline = AbortSignal.timeout(want.timeoutMs);
  const signal = AbortSignal.any([target.signal, deadline]);
  try {
    const response = await fetchIt(want, inputs, signal);
    const body = await readBody(response);
    if (!isExpected(response.status, want.okCodes)) throw statusError(want, response, body);
    return { changed: !["GET", "HEAD", "OPTIONS"].includes(want.method), value: toResult(response, body) };
  } catch (cause) {
    if (cause instanceof SlothError) throw cause;
    if (deadline.aborted) throw failed(want, `no complete answer within ${want.timeoutMs / 1000} s`, cause);
    throw failed(want, reasonOf(toError(cause)), cause);
  }
}

async function fetchIt(want: RequestWant, inputs: Inputs, signal: AbortSignal): Promise<FetchResponse<unknown>> {
  const { ofetch, FetchError } = await import("ofetch");
  const url = await unseal(want.url, inputs);
  if (!/^https?:\/\//i.test(url)) throw new SlothError("E_FIELD", "'url' is not an http or https URL");
  const options: FetchOptions<"stream"> = {
    method: want.method,
    headers: await unsealAll(want.headers, inputs),
    body: want.body === null ? null : await inputs.read(want.body),
    retry: want.retries,
    retryDelay: ({ options: { retry } }) => Math.min(4000, 100 * 2 ** (want.retries - Number(retry))),
    responseType: "stream",
    signal,
  };
  try {
    return await ofetch.raw(url, options);
  } catch (cause) {
    if (cause instanceof FetchError && cause.response !== undefined) return cause.response;
    throw cause;
  }
}

async function readBody(response: FetchResponse<unknown>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const stream = response._data instanceof ReadableStream ? response._data : [];
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > MAX_BODY)
      throw new SlothError("E_TOO_LARGE", "the answer is larger than 64 MiB", { hint: "use file_ops.download" });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function toResult(response: FetchResponse<unknown>, body: Uint8Array) {
  const text = bytesValue(body);
  const isJson = /[/+]json\b/.test(response.headers.get("content-type") ?? "");
  const base = { status: response.status, headers: Object.fromEntries(response.headers), body: text };
  if (!isJson || typeof text !== "string" || text.trim() === "") return base;
  return { ...base, json: dropNulls(decodeJson(text)) };
}

function isExpected(status: number, okCodes: readonly number[] | null): boolean {
  return okCodes === null ? status >= 200 && status < 300 : okCodes.includes(status);
}

function statusError(want: RequestWant, response: FetchResponse<unknown>, body: Uint8Array): SlothError {
  const said = Buffer.from(body.subarray(0, 2000)).toString("utf8").trim().split("\n").slice(0, 5).join("\n");
  const quote = want.sensitive || said === "" ? "" : `: ${said}`;
  return failed(want, `the answer was ${response.status} ${response.statusText}`.trim() + quote, undefined);
}

function failed(want: RequestWant, why: string, cause: unknown): SlothError {
  return new SlothError("E_HTTP", `${want.method} ${want.shown}: ${why}`, {
    cause: want.sensitive ? undefined : cause,
  });
}

/** The innermost reason; ofetch's own message repeats the URL with its query. */
function reasonOf(error: Error): string {
  if (error.cause instanceof Error) return reasonOf(error.cause);
  const said = error.message.replace(/^\[\w+\] "[^"]*": (<no response> )?/, "");
  return said.replace("Unable to connect. Is the computer able to access the url?", "cannot connect");
}
