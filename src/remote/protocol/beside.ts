import * as v from "valibot";
import { SlothError } from "../../base/errors.ts";
import { CHUNK_BYTES, mebibytes, tooMuch } from "./limits.ts";

/**
 * Long texts and contents in an answer go beside it, as they are: its message then holds null where they were, and tells where that
 * is. So a message stays small whatever a command prints or a file holds, and nothing is sent as base64 or escaped.
 */
export interface Part {
  readonly at: readonly (string | number)[];
  readonly size: number;
  readonly isText: boolean;
}

/** Shorter ones stay in the message. */
const LONG = 32 << 10;

export const part: v.GenericSchema<unknown, Part> = v.object({
  at: v.array(v.union([v.string(), v.pipe(v.number(), v.integer(), v.minValue(0))])),
  size: v.pipe(v.number(), v.integer(), v.minValue(0)),
  isText: v.boolean(),
});

export interface TakenOut {
  readonly message: unknown;
  readonly parts: readonly Part[];
  /** One for each part. */
  readonly bytes: readonly Uint8Array[];
}

/** The same message without its long texts and contents, and those. */
export function takeOut(message: unknown): TakenOut {
  const parts: Part[] = [];
  const bytes: Uint8Array[] = [];
  const walk = (value: unknown, at: Part["at"]): unknown => {
    const taken = longBytes(value);
    if (taken !== undefined) {
      parts.push({ at, size: taken.length, isText: typeof value === "string" });
      bytes.push(taken);
      return null;
    }
    if (Array.isArray(value)) return value.map((item, index) => walk(item, [...at, index]));
    if (!isPlain(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, walk(item, [...at, key])]));
  };
  return { message: walk(message, []), parts, bytes };
}

/** Lone surrogates stand for bytes that are not UTF-8: only JSON brings them through. */
function longBytes(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value.length > LONG ? value : undefined;
  if (typeof value !== "string" || value.length <= LONG || !value.isWellFormed()) return undefined;
  return new TextEncoder().encode(value);
}

/** Inverse of takeOut; changes `message`. Throws E_PROTOCOL where a part has no place in it or `body` is another. */
export function putBack(message: unknown, parts: readonly Part[], body: Body): unknown {
  const root = { message };
  for (const { at, size, isText } of parts) {
    const bytes = body.take(size);
    put(root, ["message", ...at], isText ? new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes) : bytes);
  }
  if (body.size > 0) throw misplaced();
  return root.message;
}

function put(root: object, at: readonly (string | number)[], leaf: unknown): void {
  let holder: unknown = root;
  for (const step of at.slice(0, -1)) holder = ownValue(holder, step);
  const last = at.at(-1);
  if (last === undefined || ownValue(holder, last) !== null || !isHolder(holder)) throw misplaced();
  // A key may be `__proto__`, which an assignment would take for something else.
  Object.defineProperty(holder, last, { value: leaf, enumerable: true, configurable: true, writable: true });
}

function ownValue(holder: unknown, step: string | number): unknown {
  if (!isHolder(holder) || !Object.hasOwn(holder, step)) throw misplaced();
  return Object.getOwnPropertyDescriptor(holder, step)?.value;
}

function isHolder(value: unknown): value is object {
  return Array.isArray(value) || isPlain(value);
}

function isPlain(value: unknown): value is { readonly [key: string]: unknown } {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function misplaced(): SlothError {
  return new SlothError("E_PROTOCOL", "sent contents that have no place in its answer");
}

/** What came beside an answer, in blocks: however small the pieces are, it takes no more room than its size. */
export class Body {
  size = 0;
  private readonly blocks: Uint8Array[] = [];
  private used = CHUNK_BYTES;
  private start = 0;

  /** Takes all of a stream; throws E_PROTOCOL when it is longer than `limit`. */
  async fill(stream: AsyncIterable<Uint8Array>, limit: number): Promise<void> {
    for await (const piece of stream) {
      if (this.size + piece.length > limit) throw tooMuch(`${mebibytes(limit)} of contents in one answer`);
      this.add(piece);
    }
  }

  add(piece: Uint8Array): void {
    this.size += piece.length;
    for (let at = 0; at < piece.length;) {
      if (this.used === CHUNK_BYTES) {
        this.blocks.push(new Uint8Array(CHUNK_BYTES));
        this.used = 0;
      }
      const part = piece.subarray(at, at + CHUNK_BYTES - this.used);
      this.blocks.at(-1)?.set(part, this.used);
      this.used += part.length;
      at += part.length;
    }
  }

  /** The next bytes; what was taken is let go. */
  take(size: number): Uint8Array {
    if (size > this.size) throw misplaced();
    const taken = new Uint8Array(size);
    for (let at = 0; at < size;) {
      const block = this.blocks[0] ?? taken;
      const part = block.subarray(this.start, Math.min(CHUNK_BYTES, this.start + size - at));
      taken.set(part, at);
      at += part.length;
      this.start += part.length;
      if (this.start === CHUNK_BYTES) {
        this.blocks.shift();
        this.start = 0;
      }
    }
    this.size -= size;
    return taken;
  }
}
