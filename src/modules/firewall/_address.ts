import { isIP } from "node:net";

/** An address or a network in its one form: `10.0.0.0/8`, `2001:db8::1`; "any". undefined: it is none. */
export function canonicalAddress(text: string): string | undefined {
  if (text.toLowerCase() === "any") return "any";
  const [, address = "", length] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const family = isIP(address);
  if (family === 0 || address.includes("%")) return undefined;
  const width = family === 4 ? 32 : 128;
  const prefix = length === undefined ? width : Number(length);
  if (prefix > width) return undefined;
  const network = textOf(masked(bitsOf(address), prefix, width), family);
  return prefix === width ? network : `${network}/${prefix}`;
}

/** 4, 6, or 0: of either. */
export function familyOf(canonical: string): 0 | 4 | 6 {
  if (canonical === "any") return 0;
  return canonical.includes(":") ? 6 : 4;
}

/** Whether an address is in a network; both in their one form. */
export function isWithin(address: string, network: string): boolean {
  if (network === "any") return true;
  if (familyOf(address) !== familyOf(network)) return false;
  const width = familyOf(network) === 4 ? 32 : 128;
  const [base = "", length = width] = network.split("/");
  return masked(bitsOf(address), Number(length), width) === masked(bitsOf(base), Number(length), width);
}

function masked(bits: bigint, prefix: number, width: number): bigint {
  const rest = BigInt(width - prefix);
  return (bits >> rest) << rest;
}

function bitsOf(address: string): bigint {
  const groups = address.includes(":") ? groupsOf(address) : address.split(".").map(Number);
  const size = address.includes(":") ? 16n : 8n;
  return groups.reduce((bits, group) => (bits << size) | BigInt(group), 0n);
}

/** Eight groups; the last two may be written as IPv4. */
function groupsOf(address: string): readonly number[] {
  const plain = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) =>
    [
      [a, b],
      [c, d],
    ]
      .map(([high, low]) => ((Number(high) << 8) | Number(low)).toString(16))
      .join(":"),
  );
  const [head = "", tail] = plain.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const gap = tail === undefined ? [] : Array.from({ length: 8 - left.length - right.length }, () => "0");
  return [...left, ...gap, ...right].map((group) => Number.parseInt(group, 16));
}

function textOf(bits: bigint, family: number): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 0xffn).join(".");
  const groups = Array.from({ length: 8 }, (_, index) => ((bits >> BigInt(112 - 16 * index)) & 0xffffn).toString(16));
  return new URL(`http://[${groups.join(":")}]/`).hostname.slice(1, -1);
}
