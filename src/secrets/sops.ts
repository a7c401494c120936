import { createDecipheriv, createHash } from "node:crypto";
import { SlothError } from "../base/errors.ts";
import type { Keyring } from "./keyring.ts";
import { pathText, type Step } from "./leaf-text.ts";

const SEALED = /^ENC\[AES256_GCM,data:([^,]*),iv:([^,]+),tag:([^,]+),type:(\w+)\]$/;

/** What a value of sops is: texts and numbers as text, as they are secret; true and false as they are. */
export interface SopsValue {
  readonly path: readonly Step[];
  readonly value: Uint8Array | boolean;
}

/**
 * Opens every encrypted value of a file with age recipients. `ordered` is the document as its parser made it, with its names in the order of the file:
 * the digest that sops keeps of all values is made in that order. Throws E_SECRET_DAMAGED, and what the identities throw.
 */
export async function openSops(ordered: Map<unknown, unknown>, keys: Keyring): Promise<readonly SopsValue[]> {
  const sops = tableIn(ordered, "sops");
  const key = await dataKey(sops, keys);
  const opened: SopsValue[] = [];
  const onlyEncrypted = sops.get("mac_only_encrypted") === true;
  const mac = createHash("sha512").update(onlyEncrypted ? ONLY_ENCRYPTED : new Uint8Array());
  for (const { path, leaf } of leavesOf(ordered)) {
    const isSealed = typeof leaf === "string" && SEALED.test(leaf);
    const bytes = isSealed ? decrypted(leaf, key, boundTo(path), path) : plainBytes(leaf);
    if (isSealed)
      opened.push({ path, value: leaf.endsWith("type:bool]") ? bytes.toString() === "True" : new Uint8Array(bytes) });
    if (isSealed || !onlyEncrypted) mac.update(bytes);
  }
  const [stated, modified] = [sops.get("mac"), sops.get("lastmodified")];
  const expected = decrypted(String(stated), key, timeText(modified), ["sops", "mac"]).toString();
  if (mac.digest("hex").toUpperCase() !== expected)
    throw new SlothError("E_SECRET_DAMAGED", "was changed since sops wrote it: its values have another digest", {
      hint: "sops says more of it: sops -d FILE",
    });
  return opened;
}

/** What sops begins the digest with where only encrypted values are in it. */
const ONLY_ENCRYPTED = Buffer.from("8a3fd2ad54ce66527b1034f3d147be0b0b975b3bf44f72c6fdadec8176f27d69", "hex");

async function dataKey(sops: Map<unknown, unknown>, keys: Keyring): Promise<Uint8Array> {
  const groups = sops.get("key_groups");
  const recipients: unknown =
    sops.get("age") ?? (Array.isArray(groups) && groups.length === 1 ? tableIn(groups[0]).get("age") : undefined);
  const entries = Array.isArray(recipients) ? recipients.map((one) => tableIn(one).get("enc")) : [];
  const files = entries.filter((text) => typeof text === "string");
  if (files.length === 0)
    throw new SlothError("E_SECRET_FORM", "is encrypted by sops, and not for keys of age alone", {
      hint: "open it with sops itself: --values <(sops -d FILE)",
    });
  let last: unknown;
  for (const file of files) {
    try {
      return await keys.open(Buffer.from(file));
    } catch (error) {
      if (!(error instanceof SlothError) || error.code !== "E_IDENTITY") throw error;
      last = error;
    }
  }
  throw last;
}

function decrypted(text: string, key: Uint8Array, bound: string, path: readonly Step[]): Buffer {
  const [, data = "", iv = "", tag = ""] = SEALED.exec(text) ?? [];
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(iv, "base64"));
    decipher.setAAD(Buffer.from(bound));
    decipher.setAuthTag(Buffer.from(tag, "base64"));
    return Buffer.concat([decipher.update(Buffer.from(data, "base64")), decipher.final()]);
  } catch {
    throw new SlothError("E_SECRET_DAMAGED", `${pathText(path)} is damaged, or was moved: it was cut or changed`, {
      hint: "take it from an earlier commit",
    });
  }
}

/** Places in lists do not count. */
function boundTo(path: readonly Step[]): string {
  return path
    .filter((step) => typeof step === "string")
    .map((step) => `${step}:`)
    .join("");
}

interface Leaf {
  readonly path: readonly Step[];
  readonly leaf: unknown;
}

function leavesOf(value: unknown, path: readonly Step[] = []): readonly Leaf[] {
  if (Array.isArray(value)) return value.flatMap((item: unknown, at) => leavesOf(item, [...path, at]));
  if (!(value instanceof Map)) return value === null || value === undefined ? [] : [{ path, leaf: value }];
  return [...value].flatMap(([key, item]: [unknown, unknown]) =>
    path.length === 0 && key === "sops" ? [] : leavesOf(item, [...path, String(key)]),
  );
}

/** As Go writes it. */
function plainBytes(leaf: unknown): Buffer {
  if (typeof leaf === "boolean") return Buffer.from(leaf ? "True" : "False");
  return Buffer.from(leaf instanceof Date ? timeText(leaf) : String(leaf));
}

function timeText(time: unknown): string {
  return time instanceof Date ? time.toISOString().replace(/\.000Z$/, "Z") : String(time);
}

function tableIn(value: unknown, name?: string): Map<unknown, unknown> {
  const found: unknown = name === undefined ? value : value instanceof Map ? value.get(name) : undefined;
  return found instanceof Map ? found : new Map();
}
