import { createCipheriv, createHash } from "node:crypto";
import { armor } from "age-encryption";
import { encryptTo } from "../../src/secrets/age.ts";
import type { Reader } from "../../src/secrets/reader.ts";

type Tree = { readonly [key: string]: string | number | boolean | Tree | readonly (string | Tree)[] };

/** A file as sops 3 writes it in JSON, by its description (github.com/getsops/sops, "Encryption Protocol"); keys that end with _clear stay clear. */
export async function sopsFile(tree: Tree, readers: readonly Reader[], onlyEncrypted = false): Promise<string> {
  const key = crypto.getRandomValues(new Uint8Array(32));
  const mac = createHash("sha512");
  if (onlyEncrypted) mac.update(Buffer.from("8a3fd2ad54ce66527b1034f3d147be0b0b975b3bf44f72c6fdadec8176f27d69", "hex"));
  const seal = (text: string, type: string, bound: string): string => {
    const iv = crypto.getRandomValues(new Uint8Array(32));
    const cipher = createCipheriv("aes-256-gcm", key, iv);
    cipher.setAAD(Buffer.from(bound));
    const data = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
    const [d, i, t] = [data, Buffer.from(iv), cipher.getAuthTag()].map((part) => part.toString("base64"));
    return `ENC[AES256_GCM,data:${d},iv:${i},tag:${t},type:${type}]`;
  };
  const sealed = (value: unknown, path: readonly string[]): unknown => {
    if (Array.isArray(value)) return value.map((item) => sealed(item, path));
    if (typeof value === "object" && value !== null)
      return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, sealed(item, [...path, name])]));
    const text = typeof value === "boolean" ? (value ? "True" : "False") : String(value);
    const isClear = path.some((name) => name.endsWith("_clear"));
    if (!isClear || !onlyEncrypted) mac.update(text);
    if (isClear || text === "") return value;
    const type = { string: "str", number: "int", boolean: "bool" }[typeof value as "string"];
    return seal(text, type, path.map((name) => `${name}:`).join(""));
  };
  const document = { ...(sealed(tree, []) as object) };
  const modified = "2026-01-02T03:04:05Z";
  const sops = {
    age: await Promise.all(
      readers.map(async (reader) => ({ recipient: reader.key, enc: armor.encode(await encryptTo([reader], key)) })),
    ),
    lastmodified: modified,
    mac: seal(mac.digest("hex").toUpperCase(), "str", modified),
    ...(onlyEncrypted ? { mac_only_encrypted: true } : {}),
    version: "3.9.4",
  };
  return `${JSON.stringify({ ...document, sops }, null, 2)}\n`;
}
