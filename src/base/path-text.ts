/** The bytes of a path made by `toText`, or the string itself when it is ordinary text: what `node:fs` takes. */
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
