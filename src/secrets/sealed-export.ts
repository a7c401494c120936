import { armor } from "age-encryption";
import { ScriptError } from "../base/errors.ts";
import { encryptTo } from "./age.ts";
import type { Keyring } from "./keyring.ts";
import type { Reader } from "./reader.ts";

/** An export of a stack, and the key that its keyed digests were made with. */
export interface WithKey {
  readonly text: string;
  readonly key: Uint8Array;
}

const FORMAT = "sloth-runner stack with its key";

/** Encrypted for those readers, as text. */
export async function sealExport({ text, key }: WithKey, readers: readonly Reader[]): Promise<string> {
  const head = JSON.stringify({ format: FORMAT, version: 1, key: Buffer.from(key).toString("base64") });
  return armor.encode(await encryptTo(readers, Buffer.from(`${head}\n${text}`)));
}

/** `from` names it in messages. */
export async function openExport(sealed: Uint8Array, from: string, keys: Keyring): Promise<WithKey> {
  const clear = Buffer.from(await keys.open(sealed));
  const end = clear.indexOf(0x0a);
  const head = headIn(clear.toString("utf8", 0, Math.max(0, end)));
  if (head === undefined) throw new ScriptError("E_IMPORT", `${from} is encrypted, and holds no export of a stack`);
  return { text: clear.toString("utf8", end + 1), key: head };
}

function headIn(line: string): Uint8Array | undefined {
  if (!line.startsWith(`{"format":${JSON.stringify(FORMAT)},"version":1,`)) return undefined;
  const head: unknown = JSON.parse(line);
  if (typeof head !== "object" || head === null || !("key" in head) || typeof head.key !== "string") return undefined;
  const key = new Uint8Array(Buffer.from(head.key, "base64"));
  return key.length === 32 ? key : undefined;
}
