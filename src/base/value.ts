import { Forms } from "./forms.ts";
import { SHORTEST_SECRET, formsOf } from "./secret-forms.ts";

/**
 * Plain data as it crosses Lua, the record and the wire. A Lua string that is valid UTF-8 is a string, else bytes; an
 * integer beyond 2^53 is a bigint. An empty Lua table is `{}`. A Secret may stand where a string may.
 */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Secret
  | Float
  | readonly Value[]
  | { readonly [key: string]: Value };

/** A float that a whole number would stand for as well, where the difference counts: `1.0` of TOML and YAML. */
export class Float {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** Something encoded that goes on in the next line. */
const WRAPPED = /[\w+/=-]{4}\r?\n[\w+/=-]/;

export type ValueObject = { readonly [key: string]: Value };

/** An opaque value: nothing but a module that needs it opens it; text, JSON and inspection show `(secret)`. */
export class Secret {
  #bytes: Uint8Array | undefined;
  #opening: (() => Promise<Uint8Array>) | undefined;
  /** Where it came from, for messages: `secret.env(DB_PASSWORD)`. */
  readonly origin: string;

  /** A function opens it when it is first needed. */
  constructor(bytes: Uint8Array | (() => Promise<Uint8Array>), origin: string) {
    this.origin = origin;
    if (typeof bytes !== "function") {
      this.#opened(bytes);
      return;
    }
    let opening: Promise<Uint8Array> | undefined;
    this.#opening = () => (opening ??= bytes());
    Secret.#sealed++;
  }

  #opened(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#opening = undefined;
    if (bytes.length >= SHORTEST_SECRET) Secret.#remember(Buffer.from(bytes));
    for (const listener of Secret.#listeners) listener(bytes);
  }

  /** How many of this process are not opened: mostly none, and then nothing has to be looked for. */
  static #sealed = 0;

  /** Opens every secret in there that is not yet; undefined when there is none to wait for. */
  static open(value: Value): Promise<void> | undefined {
    if (Secret.#sealed === 0) return undefined;
    const sealed = [...new Set(Secret.#sealedIn(value))];
    return sealed.length === 0 ? undefined : Secret.#openAll(sealed);
  }

  static #sealedIn(value: Value): readonly Secret[] {
    if (value instanceof Secret) return value.#opening === undefined ? [] : [value];
    if (Array.isArray(value)) return value.flatMap((item: Value) => Secret.#sealedIn(item));
    return isObject(value) ? Object.values(value).flatMap((item) => Secret.#sealedIn(item)) : [];
  }

  /** One after the other, so that whoever is asked for a passphrase is asked once. */
  static async #openAll(secrets: readonly Secret[]): Promise<void> {
    for (const secret of secrets) {
      const bytes = await secret.#opening?.();
      if (bytes === undefined || secret.#opening === undefined) continue; // opened meanwhile
      Secret.#sealed--;
      secret.#opened(bytes);
    }
  }

  /** Texts and secrets one after the other: opened when the last of them is. */
  static joined(parts: readonly (Uint8Array | Secret)[]): Secret {
    const origins = parts.flatMap((part) => (part instanceof Secret ? [part.origin] : []));
    const origin = [...new Set(origins)].join(", ");
    const whole = (): Uint8Array =>
      new Uint8Array(Buffer.concat(parts.map((part) => (part instanceof Secret ? part.reveal() : part))));
    const isSealed = parts.some((part) => part instanceof Secret && part.#opening !== undefined);
    if (!isSealed) return new Secret(whole(), origin);
    return new Secret(async () => {
      await Secret.open(parts);
      return whole();
    }, origin);
  }

  /** Byte for byte, as latin-1. */
  static readonly #known = new Set<string>();
  static readonly #forms = new Forms(SHORTEST_SECRET);
  static readonly #listeners = new Set<(bytes: Uint8Array) => void>();

  /** Told of every secret made from now on, so that whoever prints can take it out. */
  static watch(listener: (bytes: Uint8Array) => void): Disposable {
    Secret.#listeners.add(listener);
    return { [Symbol.dispose]: () => void Secret.#listeners.delete(listener) };
  }

  static #remember(bytes: Buffer): void {
    const known = bytes.toString("latin1");
    if (Secret.#known.has(known)) return;
    Secret.#known.add(known);
    for (const form of formsOf(bytes, "telling")) Secret.#forms.add(form);
  }

  /**
   * Whether the value of a secret of this process stands in there, as it is or as JSON, URLs, shells, base64 and hexadecimal digits write
   * it, also across lines; one of fewer than four bytes is not looked for.
   */
  static isIn(contents: Uint8Array | string): boolean {
    if (Secret.#known.size === 0) return false;
    if (typeof contents === "string") return Secret.#standsInText(contents);
    const bytes = Buffer.from(contents.buffer, contents.byteOffset, contents.byteLength);
    const text = bytes.toString("latin1");
    for (const value of Secret.#known) if (text.includes(value)) return true;
    return Secret.#standsInText(text);
  }

  /** Encoders wrap lines, wherever a secret is in what they encode. */
  static #standsInText(text: string): boolean {
    return Secret.#forms.areIn(text) || (WRAPPED.test(text) && Secret.#forms.areIn(text.replaceAll(/\s+/g, "")));
  }

  /** As isIn, anywhere in a value, in names too; or a secret itself. */
  static standsIn(value: Value): boolean {
    if (value instanceof Secret) return true;
    if (typeof value === "string" || value instanceof Uint8Array) return Secret.isIn(value);
    if (Array.isArray(value)) return value.some((item: Value) => Secret.standsIn(item));
    if (!isObject(value)) return false;
    for (const name in value) if (Secret.isIn(name) || Secret.standsIn(value[name] ?? null)) return true;
    return false;
  }

  /** With `(secret)` where one stands. */
  static masked(text: string): string {
    const left = Secret.#forms.replaceIn(text, "(secret)");
    return Secret.isIn(left) ? "(secret)" : left;
  }

  reveal(): Uint8Array {
    if (this.#bytes === undefined) throw new Error(`${this.origin} was used before it was opened`);
    return this.#bytes;
  }

  toString(): string {
    return "(secret)";
  }

  toJSON(): string {
    return "(secret)";
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return "(secret)";
  }
}

export function isObject(value: unknown): value is ValueObject {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array) &&
    !(value instanceof Secret) &&
    !(value instanceof Float)
  );
}

/**
 * One text for equal values: keys sorted, bytes as `{"$bytes": base64}`, big integers as `{"$int": "…"}`, and objects
 * whose own keys start with `$` under `{"$object": …}` so that nothing collides. What the record stores and digests.
 * A Secret must not come here: it throws.
 */
export function encodeValue(value: Value): string {
  return JSON.stringify(toJson(value, sortedKeys));
}

/** As encodeValue, with every key where it stands: what is told of a value keeps its order on the way. */
export function encodeAsGiven(value: Value): string {
  return JSON.stringify(toJson(value, Object.keys));
}

/** Inverse of encodeValue and encodeAsGiven. Throws SyntaxError on text that is not JSON. */
export function decodeValue(text: string): Value {
  const json: unknown = JSON.parse(text);
  return text.includes('"$') ? fromJson(json) : (json as Value); // without a marked key, JSON is the value itself
}

/** Whether two values have the same text; told without making it. */
export function sameValue(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (typeof a === "number" && typeof b === "number") return Number.isNaN(a) && Number.isNaN(b);
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  if (Array.isArray(a)) return Array.isArray(b) && sameList(a, b);
  return isObject(a) && isObject(b) && sameObject(a, b);
}

function sameList(a: readonly Value[], b: readonly Value[]): boolean {
  return a.length === b.length && a.every((item, index) => sameValue(item, b[index] ?? null));
}

/** A key whose value is undefined is not there. */
function sameObject(a: ValueObject, b: ValueObject): boolean {
  for (const key in a) if (a[key] !== undefined && (b[key] === undefined || !sameValue(a[key], b[key]))) return false;
  for (const key in b) if (b[key] !== undefined && a[key] === undefined) return false;
  return true;
}

/** An integer as Lua would read it: a number where that is exact, a bigint within 64 bits, else a float. */
export function integerValue(integer: bigint): number | bigint {
  const asNumber = Number(integer);
  if (Number.isSafeInteger(asNumber)) return asNumber;
  return BigInt.asIntN(64, integer) === integer ? integer : asNumber;
}

function sortedKeys(object: object): string[] {
  return Object.keys(object).sort();
}

function toJson(value: Value, keysOf: (object: object) => string[]): unknown {
  if (typeof value === "bigint") return { $int: value.toString() };
  if (typeof value === "number" && !Number.isFinite(value)) return { $number: String(value) };
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Float) return value.value;
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString("base64") };
  if (value instanceof Secret) throw new TypeError("a secret reached the record");
  if (Array.isArray(value)) return value.map((item) => toJson(item, keysOf));
  const object = value as ValueObject;
  const plain: { [key: string]: unknown } = Object.create(null) as {};
  let marked = false;
  for (const key of keysOf(object)) {
    if (object[key] === undefined) continue;
    plain[key] = toJson(object[key], keysOf);
    marked ||= key.startsWith("$");
  }
  return marked ? { $object: plain } : plain;
}

function fromJson(json: unknown): Value {
  if (Array.isArray(json)) return json.map(fromJson);
  if (typeof json !== "object" || json === null) return json as Value;
  const object = json as { readonly [key: string]: unknown };
  if (typeof object["$int"] === "string") return BigInt(object["$int"]);
  if (typeof object["$number"] === "string") return Number(object["$number"]);
  if (typeof object["$bytes"] === "string") return new Uint8Array(Buffer.from(object["$bytes"], "base64"));
  const plain = isPlain(object["$object"]) ? object["$object"] : object;
  return Object.fromEntries(Object.entries(plain).map(([key, item]) => [key, fromJson(item)]));
}

function isPlain(json: unknown): json is { readonly [key: string]: unknown } {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}
