/** A public key as its line has it, without options. */
export type PublicKey = {
  readonly type: string;
  /** Base64. */
  readonly blob: string;
};

/** A line of authorized_keys(5). */
export type KeyLine = PublicKey & {
  /** In the order they stand; "" for none. */
  readonly options: string;
  readonly comment: string;
};

/** null: it is no key. A key is what says of which type it is, inside as well as before it. */
export function publicKey(type: string, blob: string): PublicKey | null {
  if (!TYPE.test(type) || !/^[A-Za-z0-9+/]+={0,2}$/.test(blob)) return null;
  const bytes = Buffer.from(blob, "base64");
  const inside = bytes.length < 4 ? "" : bytes.subarray(4, 4 + bytes.readUInt32BE(0)).toString("latin1");
  return inside === type && bytes.length > 4 + type.length + 4 ? { type, blob } : null;
}

const TYPE =
  /^(ssh-(rsa|dss|ed25519|ed448)|ecdsa-sha2-nistp(256|384|521)|sk-[\w-]+@openssh\.com|[\w-]+-cert-v\d\d@openssh\.com)$/;

/** null: no key stands in it. */
export function parseKeyLine(line: string): KeyLine | null {
  const text = line.trim();
  if (text === "" || text.startsWith("#")) return null;
  return keyAt(text, "") ?? afterOptions(text);
}

function keyAt(text: string, options: string): KeyLine | null {
  const [, type = "", blob = "", comment = ""] = /^(\S+)[ \t]+(\S+)(?:[ \t]+(.*))?$/.exec(text) ?? [];
  const key = publicKey(type, blob);
  return key === null ? null : { ...key, options, comment: comment.trim() };
}

/** Options end at the first blank outside of quotes; a quote inside of them has a backslash. */
function afterOptions(text: string): KeyLine | null {
  const options = /^(?:[^\s"]|"(?:\\"|[^"])*")+/.exec(text)?.[0];
  return options === undefined ? null : keyAt(text.slice(options.length).trim(), options);
}

export function keyLineText({ options, type, blob, comment }: KeyLine): string {
  return [options, type, blob, comment].filter((word) => word !== "").join(" ");
}

/** As `ssh-keygen -l` prints it: "SHA256:…". */
export function fingerprint({ blob }: PublicKey): string {
  const digest = Bun.SHA256.hash(Buffer.from(blob, "base64"), "base64");
  return `SHA256:${digest.replace(/=+$/, "")}`;
}
