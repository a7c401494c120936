/** Bytes of a file name as a string, surrogateescape as in PEP 383. */
export function bytesToPath(bytes: Uint8Array): string {
  const utf8 = Buffer.from(bytes).toString("utf8");
  if (!utf8.includes("\uFFFD")) return utf8;
  let out = "";
  for (let i = 0; i < bytes.length;) {
    const length = sequenceLength(bytes, i);
    out +=
      length === 0
        ? String.fromCharCode(0xdc00 + (bytes[i] ?? 0))
        : Buffer.from(bytes.subarray(i, i + length)).toString("utf8");
    i += length === 0 ? 1 : length;
  }
  return out;
}

/** Length of the valid UTF-8 sequence at `i`, 0 when there is none. */
function sequenceLength(bytes: Uint8Array, i: number): number {
  const first = bytes[i] ?? 0;
  const length = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
  if (length === 0 || i + length > bytes.length) return 0;
  const decoded = Buffer.from(bytes.subarray(i, i + length)).toString("utf8");
  const isReplacement = length === 3 && first === 0xef && bytes[i + 1] === 0xbf && bytes[i + 2] === 0xbd;
  return decoded.includes("\uFFFD") && !isReplacement ? 0 : length;
}

/** The bytes of a path made by `bytesToPath`, or the string itself when it is ordinary text: what `node:fs` takes. */
export function pathBytes(path: string): string | Buffer {
  if (!ESCAPED.test(path)) return path;
  const parts: Buffer[] = [];
  for (const part of path.split(/((?<![\ud800-\udbff])[\udc80-\udcff])/)) {
    const escaped = part.length === 1 && part >= "\udc80" && part <= "\udcff";
    parts.push(escaped ? Buffer.from([part.charCodeAt(0) - 0xdc00]) : Buffer.from(part, "utf8"));
  }
  return Buffer.concat(parts);
}

const ESCAPED = /[\udc80-\udcff]/;

/** A path fit for a terminal, a record and JSON: bytes that are not UTF-8, and control characters, as `\xNN`. */
export function printablePath(path: string): string {
  return path.replace(/(?<![\ud800-\udbff])[\udc80-\udcff]|[\0-\x1f\x7f]/g, (c) => {
    const byte = c.charCodeAt(0) & 0xff;
    return `\\x${byte.toString(16).padStart(2, "0")}`;
  });
}

/** Without `.`, `..`, doubled and trailing slashes; `..` is taken by name, links are not looked at. */
export function normalPath(input: string): string {
  if (input.startsWith("/") && !UNTIDY.test(input)) return input;
  const kept: string[] = [];
  for (const part of input.split("/")) {
    if (part === "..") kept.pop();
    else if (part !== "" && part !== ".") kept.push(part);
  }
  return `/${kept.join("/")}`;
}

/** What a normal path has not; `/` alone ends with its slash and may. */
const UNTIDY = /\/(?:\.{0,2}(?:\/|$))/;
