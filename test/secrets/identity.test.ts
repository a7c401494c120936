import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { encryptTo, encryptWithPassphrase } from "../../src/secrets/age.ts";
import { parseIdentity } from "../../src/secrets/identity.ts";
import { Keyring } from "../../src/secrets/keyring.ts";
import { readerOf } from "../../src/secrets/reader.ts";
import { needs } from "../support/needs.ts";
import { thrownBy } from "../support/thrown.ts";
import { hasAge, hasSsh, keyPair, output } from "./_keys.ts";

const withSsh = needs(hasSsh, "ssh-keygen");
const withAge = needs(hasAge, "age");

/** A keyring over files, whose questions get these answers; `asked` are the questions. */
function ring(files: readonly string[], ...answers: readonly (string | undefined)[]) {
  const asked: string[] = [];
  const left = [...answers];
  const ask = (question: string) => {
    asked.push(question);
    return Promise.resolve(left.shift());
  };
  const keys = new Keyring(() => Promise.resolve(files.map((file) => parseIdentity("id", readFileSync(file), ask))));
  return { keys, asked };
}

async function sealedFor(...keys: readonly string[]): Promise<Uint8Array> {
  return await encryptTo(
    keys.map((key, at) => readerOf(`r${at}`, key)),
    Buffer.from("hunter2"),
  );
}

const shown = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

describe.each(["ed25519", "rsa"] as const)("an SSH key of %s with a passphrase", (kind) => {
  withSsh("is asked for once, and only when something is for it", async () => {
    const [{ file, recipient }, other] = [keyPair(kind, "correct horse"), keyPair(kind)];
    const { keys, asked } = ring([file], "correct horse");
    expect(await thrownBy(keys.open(await sealedFor(other.recipient)))).toMatchObject({ code: "E_IDENTITY" });
    expect(asked).toEqual([]);
    for (let times = 0; times < 2; times++) expect(shown(await keys.open(await sealedFor(recipient)))).toBe("hunter2");
    expect(asked).toEqual(["Passphrase of id: "]);
  });

  withSsh("a wrong one is asked for again, three times in all", async () => {
    const { file, recipient } = keyPair(kind, "correct horse");
    const second = ring([file], "wrong", "correct horse");
    expect(shown(await second.keys.open(await sealedFor(recipient)))).toBe("hunter2");
    const never = ring([file], "wrong", "Correct horse", "correct horse ");
    const error = await thrownBy(never.keys.open(await sealedFor(recipient)));
    expect(error.message).toBe("the passphrase of id was not given");
    expect(never.asked).toHaveLength(3);
  });

  withSsh("where there is no terminal it says so", async () => {
    const { file, recipient } = keyPair(kind, "correct horse");
    const error = await thrownBy(ring([file], undefined).keys.open(await sealedFor(recipient)));
    expect(error.message).toBe("id has a passphrase, and there is no terminal to ask for it");
  });
});

withSsh("what needs no passphrase is tried before what does", async () => {
  const [locked, free] = [keyPair("ed25519", "correct horse"), keyPair("ed25519")];
  const { keys, asked } = ring([locked.file, free.file]);
  expect(shown(await keys.open(await sealedFor(locked.recipient, free.recipient)))).toBe("hunter2");
  expect(asked).toEqual([]);
});

withSsh("ciphers of OpenSSH: those that are read, and one that is not", async () => {
  for (const cipher of ["aes256-ctr", "aes256-cbc", "aes128-ctr"]) {
    const { file, recipient } = keyPair("ed25519", "one");
    output(["ssh-keygen", "-q", "-p", "-P", "one", "-N", "two", "-Z", cipher, "-f", file]);
    expect(shown(await ring([file], "two").keys.open(await sealedFor(recipient)))).toBe("hunter2");
  }
  const { file, recipient } = keyPair("ed25519", "one");
  output(["ssh-keygen", "-q", "-p", "-P", "one", "-N", "two", "-Z", "chacha20-poly1305@openssh.com", "-f", file]);
  const error = await thrownBy(ring([file], "two").keys.open(await sealedFor(recipient)));
  expect(error.message).toContain("encrypted with chacha20-poly1305@openssh.com, which is not read here");
});

withSsh("an RSA key in PEM, as older versions wrote it", async () => {
  const { file, recipient } = keyPair("rsa");
  output(["ssh-keygen", "-q", "-p", "-N", "", "-m", "PEM", "-f", file]);
  expect(readFileSync(file, "utf8")).toStartWith("-----BEGIN RSA PRIVATE KEY-----");
  expect(shown(await ring([file]).keys.open(await sealedFor(recipient)))).toBe("hunter2");
});

withAge("a file of identities behind a passphrase is asked for last", async () => {
  const { file, recipient } = keyPair("x25519");
  const locked = await encryptWithPassphrase("correct horse", readFileSync(file));
  const ask = () => Promise.resolve("correct horse");
  const keys = new Keyring(() => Promise.resolve([parseIdentity("keys.age", locked, ask)]));
  expect(shown(await keys.open(await sealedFor(recipient)))).toBe("hunter2");
});

test.each([
  ["", "holds no identity"],
  ["# only a comment\n", "holds no identity"],
  ["AGE-SECRET-KEY-1QQQ", "is not a file of identities"],
  ["age1qqqq", "is not a file of identities"],
  ["-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n", "is not an OpenSSH key"],
  ["-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n", "is not a private key that can be read"],
])("no identity: %p", (text, why) => {
  expect(() => parseIdentity("id.txt", Buffer.from(text), () => Promise.resolve(undefined))).toThrow(`id.txt ${why}`);
});

test("no identity at all says how to make one", async () => {
  const error = await thrownBy(new Keyring(() => Promise.resolve([])).open(new Uint8Array()));
  expect(String(error)).toContain("sloth-runner secret init");
});
