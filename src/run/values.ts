import { resolve } from "node:path";
import { isObject, Secret, type Value, type ValueObject } from "../base/value.ts";
import { ScriptError, SlothError, UsageError } from "../base/errors.ts";
import { printable } from "../base/printable.ts";
import { withhold } from "../base/withheld.ts";
import { openHost } from "../system/host.ts";

/** Where `values` of a workflow come from, the later over the earlier, tables merged. */
export interface ValueSources {
  /** The stack's own defaults: `stack config set`. */
  readonly config: ValueObject;
  /** `--values FILE`; `-` is standard input. */
  readonly file: string | undefined;
  /** `--set K=V`, as typed. */
  readonly set: readonly string[];
}

export interface Surroundings {
  /** What a file of values says, with secrets for what is encrypted in it. */
  readonly read: (file: string, bytes: Uint8Array) => Promise<ValueObject>;
  readonly env: { readonly [name: string]: string | undefined };
  readonly stdin: () => Promise<Uint8Array>;
}

export async function loadValues(sources: ValueSources, around: Surroundings): Promise<ValueObject> {
  const { file } = sources;
  const layers = [sources.config];
  if (file !== undefined) {
    const bytes = file === "-" ? await around.stdin() : await contentsOf(file, "--values");
    layers.push(await around.read(file, bytes));
  }
  for (const assignment of sources.set) layers.push(await assigned(assignment, around.env));
  return layers.reduce(merged, {});
}

/** Tables are merged key by key; whatever else meets, the later wins whole. */
export function merged(earlier: ValueObject, later: ValueObject): ValueObject {
  const result = new Map(Object.entries(earlier));
  for (const [key, value] of Object.entries(later)) {
    const before = result.get(key);
    result.set(key, isObject(before) && isObject(value) ? merged(before, value) : value);
  }
  return Object.fromEntries(result);
}

/** `a.b=1` is `{a: {b: 1}}`; a dot that belongs to a key is written `\.` */
async function assigned(assignment: string, env: Surroundings["env"]): Promise<ValueObject> {
  const equals = assignment.indexOf("=");
  if (equals < 0) throw notAnAssignment(assignment);
  const path = keysOf(assignment.slice(0, equals));
  if (path === undefined) throw notAnAssignment(assignment);
  return nested(path, await valueOf(assignment.slice(equals + 1), env));
}

function notAnAssignment(assignment: string): UsageError {
  const hint = "write --set port=80 or --set db.name=web";
  return new UsageError(`--set ${printable(assignment)} is not KEY=VALUE`, { hint });
}

/** The table of one value, its key written as in `--set`. */
export function settingOf(key: string, value: Value): ValueObject {
  const path = keysOf(key);
  if (path === undefined)
    throw new UsageError(`'${printable(key)}' cannot name a value`, { hint: "write port or db.name" });
  return nested(path, value);
}

function keysOf(text: string): readonly string[] | undefined {
  const keys = text.split(/(?<!\\)\./);
  return keys.includes("") ? undefined : keys.map((key) => key.replaceAll("\\.", "."));
}

function nested(path: readonly string[], value: Value): ValueObject {
  return path.reduceRight<Value>((inner, key) => ({ [key]: inner }), value) as ValueObject;
}

async function valueOf(text: string, env: Surroundings["env"]): Promise<Value> {
  if (text.startsWith("@"))
    return new Secret(withoutNewline(await contentsOf(text.slice(1), "--set")), `--set ${text}`);
  if (!text.startsWith("env:")) return plainValue(text);
  const value = env[text.slice(4)];
  if (value === undefined) throw new UsageError(`--set: the environment has no ${printable(text.slice(4))}`);
  withhold(text.slice(4));
  return new Secret(new TextEncoder().encode(value), `--set ${text}`);
}

/** true, false and whole numbers are what they look like; all else is text, so that a version 1.10 or a mode 0644 stays as typed. */
export function plainValue(text: string): Value {
  if (text === "true" || text === "false") return text === "true";
  if (!/^(0|-?[1-9]\d{0,17})$/.test(text)) return text;
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}

/** The newline that editors put at the end of a file is not part of a password. */
function withoutNewline(bytes: Uint8Array): Uint8Array {
  const end = bytes.at(-1) === 0x0a ? (bytes.at(-2) === 0x0d ? 2 : 1) : 0;
  return bytes.subarray(0, bytes.length - end);
}

const LARGEST = 16 * 1024 * 1024;

/** Pipes too: `--values <(sops -d values.yaml)`. */
export async function contentsOf(file: string, flag: string): Promise<Uint8Array> {
  const failed = (why: string, cause?: unknown) =>
    new ScriptError("E_VALUES", `${flag}: ${printable(file)}: ${why}`, { cause });
  const [path, system] = [resolve(file), openHost({ mode: "read" }).reader({ signal: new AbortController().signal })];
  try {
    const found = system.stat(path);
    if (found?.type !== "file") return await Bun.file(file).bytes();
    if (found.size > LARGEST) throw failed("is larger than 16 MiB");
    return system.readFile(path);
  } catch (thrown) {
    if (thrown instanceof ScriptError) throw thrown;
    throw failed(reasonOf(thrown), thrown);
  }
}

/** Why a file cannot be read. */
export function reasonOf(thrown: unknown): string {
  if (thrown instanceof SlothError) return thrown.cause === undefined ? thrown.message : reasonOf(thrown.cause);
  const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
  const known: Readonly<Record<string, string>> = {
    ENOENT: "no such file",
    EISDIR: "is a directory",
    EACCES: "permission denied",
  };
  return known[code] ?? String(thrown);
}
