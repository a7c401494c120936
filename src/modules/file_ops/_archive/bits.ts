import { damage } from "./damage.ts";

/** Bits of bytes at hand, the highest first. */
export class Bits {
  private bytes: Uint8Array = new Uint8Array();
  private at = 0;
  private bit = 0;

  /** How many whole bytes have not been begun. */
  get left(): number {
    return this.bytes.length - this.at - (this.bit > 0 ? 1 : 0);
  }

  add(more: Uint8Array): void {
    this.bytes = Buffer.concat([this.bytes.subarray(this.at), more]);
    this.at = 0;
  }

  /** At most 24 of them. */
  take(count: number): number {
    let value = 0;
    for (let left = count; left > 0;) {
      const byte = this.bytes[this.at];
      if (byte === undefined) throw damage("it ends before its end");
      const taken = Math.min(left, 8 - this.bit);
      value = (value << taken) | ((byte >> (8 - this.bit - taken)) & ((1 << taken) - 1));
      this.bit += taken;
      left -= taken;
      if (this.bit === 8) [this.bit, this.at] = [0, this.at + 1];
    }
    return value;
  }

  takeWord(): number {
    return ((this.take(16) << 16) | this.take(16)) >>> 0;
  }

  toNextByte(): void {
    if (this.bit > 0) [this.bit, this.at] = [0, this.at + 1];
  }
}
