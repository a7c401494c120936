import type { HostFunction, ModuleDefinition } from "../../engine/resource.ts";
import { contents, integer, object, text, withDefault } from "../../engine/schema.ts";
import { Secret } from "../../base/value.ts";
import { SlothError } from "../../base/errors.ts";
import { bytesOf, bytesValue } from "../_kit/bytes.ts";
import { functionOf } from "../_kit/function.ts";
import { refuseSecrets } from "../_kit/secrets.ts";

export const crypto: ModuleDefinition = {
  name: "crypto",
  summary: "Digests, random values and base64.",
  functions: [
    digest("sha256"),
    digest("sha512"),
    functionOf({
      name: "crypto.hmac_sha256",
      summary: "The keyed digest of a string, in hexadecimal.",
      example: 'print(crypto.hmac_sha256(secret.file("secrets/token"), "build 42"))',
      params: object({ key: contents("The key; may be a secret."), data: contents("What is digested.") }),
      returns: "string",
      call({ key, data }) {
        refuseSecrets(data instanceof Secret ? data : null, "data", DIGEST_TELLS);
        return new Bun.CryptoHasher("sha256", bytesOf(key)).update(bytesOf(data)).digest("hex");
      },
    }),
    functionOf({
      name: "crypto.random",
      summary:
        "Random bytes from the system, in hexadecimal (two characters each). New ones in each run: keep them in `state`.",
      example: `
        local salt = state.get("salt")
        if salt == nil then
            salt = crypto.random(16)
            state.set("salt", salt)
        end
        print(#salt) -- 32
      `,
      params: object({ bytes: withDefault(integer("How many bytes.", 1, 65_536), 32) }),
      returns: "string",
      call: ({ bytes }) => globalThis.crypto.getRandomValues(new Uint8Array(bytes)).toHex(),
    }),
    functionOf({
      name: "crypto.uuid",
      summary: "A random UUID (version 4).",
      example: `
        if not state.exists("machine") then
            state.set("machine", crypto.uuid())
        end
        print(state.get("machine"))
      `,
      params: object({}),
      returns: "string",
      call: () => globalThis.crypto.randomUUID(),
    }),
    functionOf({
      name: "crypto.base64_encode",
      summary: "A string as base64; of a secret, a secret.",
      example: 'print(crypto.base64_encode("hello")) -- aGVsbG8=',
      params: object({ data: contents("What is encoded.") }),
      returns: "string|Secret",
      call({ data }) {
        const encoded = Buffer.from(bytesOf(data)).toString("base64");
        return data instanceof Secret ? new Secret(Buffer.from(encoded), data.origin) : encoded;
      },
    }),
    functionOf({
      name: "crypto.base64_decode",
      summary: "The string that a base64 text stands for; line breaks and missing padding are accepted.",
      example: 'print(crypto.base64_decode("aGVsbG8=")) -- hello',
      params: object({ text: text("Base64, also in its URL form.") }),
      returns: "string",
      call: (params) => bytesValue(decodeBase64(params.text)),
    }),
  ],
};

const DIGEST_TELLS = "a digest of it tells whether a guess is right";

function digest(algorithm: "sha256" | "sha512"): HostFunction {
  return functionOf({
    name: `crypto.${algorithm}`,
    summary: `The ${algorithm.toUpperCase()} digest of a string, in hexadecimal.`,
    example: `print(crypto.${algorithm}(fs.read("/etc/hostname")))`,
    params: object({ data: contents("What is digested.") }),
    returns: "string",
    call({ data }) {
      refuseSecrets(data instanceof Secret ? data : null, "data", DIGEST_TELLS);
      return new Bun.CryptoHasher(algorithm).update(bytesOf(data)).digest("hex");
    },
  });
}

function decodeBase64(source: string): Uint8Array {
  const packed = source.replace(/\s+/g, "").replace(/=+$/, "");
  if (!/^[A-Za-z0-9+/_-]*$/.test(packed) || packed.length % 4 === 1)
    throw new SlothError("E_FIELD", "'text' is not base64");
  return new Uint8Array(Buffer.from(packed.replace(/-/g, "+").replace(/_/g, "/"), "base64"));
}
