import type { ActionResult, Inputs } from "../../engine/resource.ts";
import { SlothError } from "../../base/errors.ts";
import { pause } from "../../base/pause.ts";
import type { ReadSystem } from "../../system/system.ts";
import { bytesValue } from "../_kit/bytes.ts";
import { fetchFollowing, NoAnswer, noAnswer, type FetchRequest } from "../_kit/fetch.ts";
import { dropNulls } from "../../base/formats/text-form.ts";
import { unseal, unsealAll } from "../_kit/sealed.ts";
import { decodeJson } from "../../base/formats/json-text.ts";
import type { RequestWant } from "./request.ts";

const MAX_BODY = 64 * 1024 * 1024;

export async function send(want: RequestWant, target: ReadSystem, inputs: Inputs): Promise<ActionResult> {
  const deadline = AbortSignal.timeout(want.timeoutMs);
  const signal = AbortSignal.any([target.signal, deadline]);
  try {
    const response = await fetchWithRetries(want, await requestOf(want, inputs, signal));
    const body = await readBody(response);
    if (!isExpected(response.status, want.okCodes)) throw statusError(want, response, body);
    return { changed: !["GET", "HEAD", "OPTIONS"].includes(want.method), value: toResult(response, body) };
  } catch (cause) {
    if (cause instanceof SlothError) throw cause;
    if (deadline.aborted) throw failed(want, `no complete answer within ${want.timeoutMs / 1000} s`);
    if (signal.aborted) throw failed(want, "called off");
    throw failed(want, noAnswer(cause).message);
  }
}

async function requestOf(want: RequestWant, inputs: Inputs, signal: AbortSignal): Promise<FetchRequest> {
  const url = await unseal(want.url, inputs);
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url))
    throw new SlothError("E_FIELD", "'url' is not an http or https URL");
  const headers = await unsealAll(want.headers, inputs);
  const body = want.body === null ? undefined : await inputs.read(want.body);
  return { url, method: want.method, headers, body, signal };
}

/** A lost connection and an answer that asks for patience are tried again. */
async function fetchWithRetries(want: RequestWant, request: FetchRequest): Promise<Response> {
  for (let attempt = 0; ; attempt++) {
    const last = attempt === want.retries;
    try {
      const response = await fetchFollowing(request);
      if (last || !asksForPatience(response.status) || isExpected(response.status, want.okCodes)) return response;
      await response.body?.cancel();
    } catch (error) {
      if (last || !(error instanceof NoAnswer) || !error.passing) throw error;
    }
    await pause(Math.min(4000, 100 * 2 ** attempt), request.signal);
  }
}

function asksForPatience(status: number): boolean {
  return status >= 500 || status === 408 || status === 425 || status === 429;
}

async function readBody(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > MAX_BODY)
      throw new SlothError("E_TOO_LARGE", "the answer is larger than 64 MiB", { hint: "use file_ops.download" });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function toResult(response: Response, body: Uint8Array) {
  const text = bytesValue(body);
  const isJson = /[/+]json\b/.test(response.headers.get("content-type") ?? "");
  const base = { status: response.status, headers: Object.fromEntries(response.headers), body: text };
  if (!isJson || typeof text !== "string" || text.trim() === "") return base;
  return { ...base, json: dropNulls(decodeJson(text)) };
}

function isExpected(status: number, okCodes: readonly number[] | null): boolean {
  return okCodes === null ? status >= 200 && status < 300 : okCodes.includes(status);
}

function statusError(want: RequestWant, response: Response, body: Uint8Array): SlothError {
  const said = Buffer.from(body.subarray(0, 2000)).toString("utf8").trim().split("\n").slice(0, 5).join("\n");
  const quote = want.sensitive || said === "" ? "" : `: ${said}`;
  const status = want.sensitive ? `${response.status}` : `${response.status} ${response.statusText}`.trim();
  return failed(want, `the answer was ${status}${quote}`);
}

function failed(want: RequestWant, why: string): SlothError {
  return new SlothError("E_HTTP", `${want.method} ${want.shown}: ${why}`);
}
