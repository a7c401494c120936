import { publicKey, type PublicKey } from "./_key.ts";

/** A line of known_hosts that names a host and its key; those with a marker are none. */
export type KnownLine = PublicKey & {
  /** As they stand: names with commas between, or one hashed. */
  readonly names: string;
  readonly comment: string;
};

export function parseKnownLine(line: string): KnownLine | null {
  const [, names, type = "", blob = "", comment = ""] =
    /^\s*([^\s#@]\S*)[ \t]+(\S+)[ \t]+(\S+)[ \t]*(.*?)\s*$/.exec(line) ?? [];
  const key = publicKey(type, blob);
  return key === null || names === undefined ? null : { ...key, names, comment };
}

/** Whether a line is about the host itself: a pattern is about many. */
export function isAbout({ names }: KnownLine, host: string): boolean {
  const hashed = /^\|1\|([^|]+)\|([^|]+)$/.exec(names);
  if (hashed === null) return names.split(",").some((name) => name.toLowerCase() === host);
  return hashOf(host, hashed[1] ?? "") === hashed[2];
}

export function isHashed({ names }: KnownLine): boolean {
  return names.startsWith("|1|");
}

/** As `ssh-keygen -H` does it, with a salt of its own. */
export function hashedName(host: string): string {
  const salt = Buffer.from(crypto.getRandomValues(new Uint8Array(20))).toString("base64");
  return `|1|${salt}|${hashOf(host, salt)}`;
}

function hashOf(host: string, salt: string): string {
  return new Bun.CryptoHasher("sha1", Buffer.from(salt, "base64")).update(host).digest("base64");
}

/** A host as a line names it: `host`, or `[host]:2222`. */
export function knownName(name: string, port: number): string {
  const lower = name.toLowerCase();
  return port === 22 || lower.startsWith("[") ? lower : `[${lower}]:${port}`;
}

/** The line without that name; null: it has no other. */
export function withoutName({ names, type, blob, comment }: KnownLine, host: string): string | null {
  const others = names.startsWith("|") ? [] : names.split(",").filter((name) => name.toLowerCase() !== host);
  if (others.length === 0) return null;
  return [others.join(","), type, blob, comment].filter((word) => word !== "").join(" ");
}

/** Number of the first line that ssh cannot read, from 1 on; 0: there is none. */
export function brokenLine(lines: readonly string[]): number {
  const isFine = (line: string): boolean =>
    /^\s*(#|$)/.test(line) || parseKnownLine(line.replace(/^\s*@\S+\s+/, "")) !== null;
  return lines.findIndex((line) => !isFine(line)) + 1;
}
