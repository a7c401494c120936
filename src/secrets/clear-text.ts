/** Secrets in a clear text that a person edits: marked, so that they are told from what is none. */
const TEXT = "secret:";
const BYTES = "secret-base64:";

export function clearText(value: Uint8Array): string {
  const text = Buffer.from(value).toString("utf8");
  const isText = Buffer.from(text, "utf8").equals(value);
  return isText ? TEXT + text : BYTES + Buffer.from(value).toString("base64");
}

export function isClear(text: string): boolean {
  return text.startsWith(TEXT) || text.startsWith(BYTES);
}

export function valueOfClear(text: string): Uint8Array {
  if (text.startsWith(BYTES)) return new Uint8Array(Buffer.from(text.slice(BYTES.length), "base64"));
  return new TextEncoder().encode(text.slice(TEXT.length));
}
