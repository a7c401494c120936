import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "../support/temp.ts";

/** What a command answers; it must end well. */
export function output(argv: readonly string[], stdin: Uint8Array | string = ""): Buffer {
  const ran = Bun.spawnSync([...argv], { stdin: Buffer.from(stdin) });
  if (ran.exitCode !== 0) throw new Error(`${argv.join(" ")}: ${ran.stderr.toString()}`);
  return ran.stdout;
}

/** A key pair of that kind, made by the tool of its own. */
export function keyPair(kind: "x25519" | "ed25519" | "rsa", passphrase = "") {
  const file = join(temporaryDirectory(), `id_${kind}`);
  if (kind === "x25519") {
    output(["age-keygen", "-o", file]);
    return { file, recipient: output(["age-keygen", "-y", file]).toString().trim() };
  }
  output([
    "ssh-keygen",
    "-q",
    "-t",
    kind,
    ...(kind === "rsa" ? ["-b", "2048"] : []),
    "-N",
    passphrase,
    "-C",
    "a b",
    "-f",
    file,
  ]);
  return { file, recipient: readFileSync(`${file}.pub`, "utf8").trim() };
}

export function fileWith(contents: Uint8Array | string, name = "file"): string {
  const path = join(temporaryDirectory(), name);
  writeFileSync(path, contents);
  chmodSync(path, 0o600);
  return path;
}

export const hasAge = Bun.which("age") !== null && Bun.which("age-keygen") !== null;
export const hasSsh = Bun.which("ssh-keygen") !== null;
