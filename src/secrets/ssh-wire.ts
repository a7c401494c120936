import { SlothError } from "../base/errors.ts";

/** Reads the binary form in which SSH writes its keys: lengths of four bytes before each text (RFC 4251). */
export class SshReader {
  private readonly bytes: Buffer;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  number(): number {
    return this.take(4).readUInt32BE(0);
  }

  byte(): number {
    return this.take(1).readUInt8(0);
  }

  string(): Buffer {
    return this.take(this.number());
  }

  text(): string {
    return this.string().toString("utf8");
  }

  /** What is left of it. */
  rest(): Buffer {
    return this.take(this.bytes.length - this.at);
  }

  private take(count: number): Buffer {
    if (count > this.bytes.length - this.at) throw new SlothError("E_SSH_KEY", "is cut short");
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }
}

/** As SSH writes several texts after each other. */
export function sshStrings(...parts: readonly (Uint8Array | string)[]): Buffer {
  return Buffer.concat(
    parts.flatMap((part) => {
      const bytes = Buffer.from(part);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    }),
  );
}

/** A number above zero, with a byte before it where it would else count as negative. */
export function signed(number: Uint8Array): Buffer {
  return Buffer.concat([new Uint8Array((number[0] ?? 0) > 0x7f ? 1 : 0), number]);
}

/** A whole number as SSH and JWK write it, without the byte that keeps it positive. */
export function unsigned(number: Uint8Array): Buffer {
  const first = number.findIndex((byte) => byte !== 0);
  return Buffer.from(number.subarray(first < 0 ? number.length : first));
}
