import * as v from "valibot";
import { SlothError, toError } from "../../base/errors.ts";
import { decodeValue, encodeAsGiven, type Value } from "../../base/value.ts";
import { part } from "./beside.ts";
import { MESSAGE_DEPTH, MESSAGE_VALUES, FRAME_BYTES, mebibytes, tooMuch } from "./limits.ts";

const bytes: v.GenericSchema<unknown, Uint8Array> = v.instance(Uint8Array);

/** The first thing a controller says. */
export const hello = v.object({
  version: v.string(),
  mode: v.picklist(["apply", "plan", "read"]),
  /** The name of the host, as messages tell it. */
  host: v.string(),
  /** For keyed digests. */
  key: bytes,
  /** Whom the far end was to become. */
  as: v.optional(v.string()),
});
export type Hello = v.InferOutput<typeof hello>;

/** The answer to it. */
export const ready = v.object({
  version: v.string(),
  pid: v.number(),
  /** Login name of whom the work is done as; the number where there is none. */
  user: v.string(),
});
export type Ready = v.InferOutput<typeof ready>;

/** A request: what of operations.ts, and its words. */
export const request = v.object({ operation: v.string(), asks: v.unknown() });

/** The answer to one. */
export const reply = v.object({
  value: v.unknown(),
  /** In plan: why something there may be other than it looks. */
  because: v.optional(v.nullable(v.string())),
  parts: v.optional(v.array(part)),
});

/** What an agent wants of the contents that a request is about. */
export const wanted = v.object({ request: v.number(), digest: v.string() });

const failure = v.object({
  code: v.pipe(v.string(), v.regex(/^E_[A-Z0-9_]{1,60}$/)),
  message: v.string(),
  hint: v.optional(v.nullable(v.string())),
  /** In plan: nothing that is only planned could make it otherwise. */
  certain: v.optional(v.boolean()),
});

/** A message as it travels. Throws E_ANSWER_LIMIT where it is larger than a frame. */
export function written(message: object): Uint8Array {
  const bytes = new TextEncoder().encode(encodeAsGiven(message as Value)); // plain data by its types; a Secret throws
  if (bytes.length + 5 <= FRAME_BYTES) return bytes;
  const size = Math.ceil(bytes.length / (1 << 20));
  throw new SlothError("E_ANSWER_LIMIT", `a message of ${size} MiB is more than ${mebibytes(FRAME_BYTES)}`);
}

/** A message that came, checked. Throws E_PROTOCOL, with `what` it is and what is wrong with it. */
export function readAs<T>(shape: v.GenericSchema<unknown, T>, payload: Uint8Array, what: string): T {
  return checked(shape, decoded(payload), what);
}

export function checked<T>(shape: v.GenericSchema<unknown, T>, message: unknown, what: string): T {
  const found = v.safeParse(shape, message, { abortEarly: true });
  if (found.success) return found.output;
  const [issue] = found.issues;
  const path = v.getDotPath(issue);
  const wrong = oneLine(`${path === null ? "" : `${path}: `}${issue.message}`); // which quotes what came
  throw new SlothError("E_PROTOCOL", `${what} is not what was to come: ${wrong}`);
}

/** Bytes of a message from which on what is made of it is felt. */
const LARGE = 1 << 20;

function decoded(payload: Uint8Array): Value {
  measure(payload);
  if (payload.length > LARGE) Bun.gc(true); // what an earlier one took goes first
  try {
    return decodeValue(new TextDecoder().decode(payload));
  } catch (thrown) {
    throw new SlothError("E_PROTOCOL", "sent a message that cannot be read", { cause: thrown });
  }
}

/** Small things take far more room when they are read than as text, so they are counted before. */
function measure(payload: Uint8Array): void {
  if (payload.length <= MESSAGE_DEPTH) return;
  let [values, depth, inText] = [0, 0, false];
  for (let at = 0; at < payload.length; at++) {
    const byte = payload[at];
    if (byte === QUOTE) inText = !inText;
    else if (inText) at += byte === BACKSLASH ? 1 : 0;
    else if (byte === BRACKET || byte === BRACE) depth++;
    else if (byte === BRACKET + 2 || byte === BRACE + 2) depth--;
    if (!inText && (byte === COMMA || byte === BRACKET || byte === BRACE)) values++;
    if (values > MESSAGE_VALUES) throw tooMuch(`${MESSAGE_VALUES} values in one message`);
    if (depth > MESSAGE_DEPTH) throw tooMuch(`${MESSAGE_DEPTH} values inside each other`);
  }
}

const [QUOTE, BACKSLASH, COMMA, BRACKET, BRACE] = [34, 92, 44, 91, 123];

/** An error as it travels. */
export function failureOf(thrown: unknown): object {
  const error = toError(thrown);
  if (!(error instanceof SlothError)) return { code: "E_BUG", message: `bug at the far end: ${error.message}` };
  const { code, message, hint, isCertain } = error;
  return { code, message, hint: hint ?? null, certain: isCertain };
}

/** An error of the other end, whose name goes before what it said: one line, whatever it holds. */
export function failureFrom(payload: Uint8Array, from: string): SlothError {
  const { code, message, hint, certain = false } = readAs(failure, payload, "an error");
  const options = { hint: hint === undefined || hint === null ? undefined : oneLine(hint) };
  return Object.assign(new SlothError(code, named(from, oneLine(message)), options), { isCertain: certain });
}

/** Messages about a host begin with its name, once. */
export function named(host: string, message: string): string {
  return host === "" || message.startsWith(`${host}: `) ? message : `${host}: ${message}`;
}

const LONGEST_MESSAGE = 4_000;

/** What another machine said, as one line that is not too long: it could forge lines of ours else. */
export function oneLine(text: string): string {
  const line = text.trim().replace(/\s*[\n\r\v\f\u0085\u2028\u2029]\s*/g, " / ");
  return line.length > LONGEST_MESSAGE ? `${line.slice(0, LONGEST_MESSAGE)}…` : line;
}
