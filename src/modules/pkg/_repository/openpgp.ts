import { SlothError } from "../../../base/errors.ts";

/** Public keys as a repository is signed with. */
export interface Keyring {
  /** Of the primary keys, in capitals, sorted. */
  readonly fingerprints: readonly string[];
  /** The packets, without armour. */
  readonly packets: Uint8Array;
  readonly isArmoured: boolean;
}

/**
 * Reads keys of RFC 9580, armoured or not, to the last byte: what is left unread here might be a key to somebody else. Signatures are not
 * checked: whoever knows the fingerprint knows the key.
 */
export function parseKeyring(bytes: Uint8Array): Keyring {
  const isArmoured = bytes.length > 0 && (bytes[0] ?? 0) < 0x80;
  const packets = isArmoured ? withoutArmour(Buffer.from(bytes).toString("latin1")) : bytes;
  const fingerprints: string[] = [];
  for (const { tag, body } of packetsOf(packets)) {
    if (tag === SECRET_KEY || tag === SECRET_SUBKEY)
      throw badKey("there is a private key in it", "export the public one: gpg --export");
    if (!ALLOWED.has(tag)) throw badKey(`it holds a packet of type ${tag}, which has no place among public keys`);
    if (tag === PUBLIC_KEY) fingerprints.push(fingerprintOf(body));
  }
  if (fingerprints.length === 0) throw badKey("there is no key in it");
  return { fingerprints: [...new Set(fingerprints)].toSorted(), packets, isArmoured };
}

const SECRET_KEY = 5;
const PUBLIC_KEY = 6;
const SECRET_SUBKEY = 7;
/** Signature, public key, marker, trust, user id, public subkey, user attribute, padding. */
const ALLOWED = new Set([2, PUBLIC_KEY, 10, 12, 13, 14, 17, 21]);

function withoutArmour(text: string): Uint8Array {
  if (/^-----BEGIN PGP PRIVATE KEY BLOCK-----/m.test(text))
    throw badKey("there is a private key in it", "export the public one: gpg --armor --export");
  const blocks = Array.from(text.matchAll(BLOCK), ([, block = ""]) => block);
  if (blocks.length === 0) throw badKey("it is no OpenPGP key");
  return Buffer.concat(blocks.map(bytesOfBlock));
}

const BLOCK = /^-----BEGIN PGP PUBLIC KEY BLOCK-----[^\S\n]*\n([^]*?)^-----END PGP PUBLIC KEY BLOCK-----/gm;

/** Headers, a blank line, base64, and a check sum that tells damage. */
function bytesOfBlock(block: string): Uint8Array {
  const lines = block.split("\n").map((line) => line.trim());
  const blank = lines.indexOf("");
  const body = blank === -1 ? lines : lines.slice(blank + 1);
  const sum = body.find((line) => line.startsWith("="));
  const base64 = body.filter((line) => line !== "" && !line.startsWith("=")).join("");
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) throw badKey("its armour is damaged");
  const bytes = Buffer.from(base64, "base64");
  if (sum !== undefined && sum.slice(1) !== checkSum(bytes)) throw badKey("its armour is damaged");
  return bytes;
}

/** CRC-24 of RFC 9580, 6.1.1. */
function checkSum(bytes: Uint8Array): string {
  let crc = 0xb704ce;
  for (const byte of bytes) {
    crc ^= byte << 16;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x800000 ? (crc << 1) ^ 0x1864cfb : crc << 1;
  }
  return Buffer.from([(crc >> 16) & 0xff, (crc >> 8) & 0xff, crc & 0xff]).toString("base64");
}

function* packetsOf(bytes: Uint8Array): Generator<{ readonly tag: number; readonly body: Uint8Array }> {
  for (let at = 0; at < bytes.length;) {
    const { tag, from, length } = headerAt(bytes, at);
    if (from + length > bytes.length) throw badKey("it ends too early");
    yield { tag, body: bytes.subarray(from, from + length) };
    at = from + length;
  }
}

function headerAt(bytes: Uint8Array, at: number) {
  const octet = (offset: number): number => bytes[at + offset] ?? 0;
  const number = (offset: number, size: number): number =>
    Array.from({ length: size }, (_, index) => octet(offset + index)).reduce((sum, byte) => sum * 256 + byte, 0);
  const first = octet(0);
  if (first < 0x80) throw badKey("it is no OpenPGP key");
  if (first < 0xc0) {
    const size = [1, 2, 4][first & 3];
    if (size === undefined) throw badKey("a packet in it does not say how long it is");
    return { tag: (first >> 2) & 15, from: at + 1 + size, length: number(1, size) };
  }
  const [tag, length] = [first & 63, octet(1)];
  if (length < 192) return { tag, from: at + 2, length };
  if (length < 224) return { tag, from: at + 3, length: (length - 192) * 256 + octet(2) + 192 };
  if (length < 255) throw badKey("a packet in it does not say how long it is");
  return { tag, from: at + 6, length: number(2, 4) };
}

function fingerprintOf(body: Uint8Array): string {
  const version = body[0] ?? 0;
  const size = Buffer.alloc(4);
  size.writeUInt32BE(body.length);
  if (version === 4) return hash("sha1", [0x99, ...size.subarray(2)], body);
  if (version === 5) return hash("sha256", [0x9a, ...size], body);
  if (version === 6) return hash("sha256", [0x9b, ...size], body);
  throw badKey(`a key in it has version ${version}, which nobody should trust any more`);
}

function hash(algorithm: "sha1" | "sha256", head: readonly number[], body: Uint8Array): string {
  return new Bun.CryptoHasher(algorithm).update(Uint8Array.from(head)).update(body).digest("hex").toUpperCase();
}

function badKey(why: string, hint?: string): SlothError {
  return new SlothError("E_KEY", `the key cannot be used: ${why}`, { hint });
}
