import { describe, expect } from "bun:test";
import { readFileSync } from "node:fs";
import { decryptWithPassphrase, encryptTo, encryptWithPassphrase, headerOf } from "../../src/secrets/age.ts";
import { parseIdentity } from "../../src/secrets/identity.ts";
import { Keyring } from "../../src/secrets/keyring.ts";
import { readerOf } from "../../src/secrets/reader.ts";
import { inTerminal } from "../support/terminal.ts";
import { thrownBy } from "../support/thrown.ts";
import { needs } from "../support/needs.ts";
import { fileWith, hasAge, hasSsh, keyPair, output } from "./_keys.ts";

/** Held against the age of the system, which its author wrote. */
const withAge = needs(hasAge && hasSsh, "age and ssh-keygen");

/** Empty, short, binary, and longer than one and than several chunks. */
const CONTENTS = ["", "hunter2", "\0\xff\n\n", "x".repeat(65_536), "y".repeat(200_001)].map((text) =>
  Buffer.from(text, "latin1"),
);

function keyring(...files: readonly string[]): Keyring {
  const ask = () => Promise.reject(new Error("nobody is to be asked"));
  return new Keyring(() => Promise.resolve(files.map((file) => parseIdentity(file, readFileSync(file), ask))));
}

describe.each(["x25519", "ed25519", "rsa"] as const)("%s", (kind) => {
  withAge("what we write, age reads", async () => {
    const { file, recipient } = keyPair(kind);
    for (const contents of CONTENTS) {
      const sealed = await encryptTo([readerOf("ana", recipient)], contents);
      expect(output(["age", "-d", "-i", file], sealed).equals(contents)).toBe(true);
    }
  });

  withAge("what age writes, armored or not, we read", async () => {
    const { file, recipient } = keyPair(kind);
    for (const contents of CONTENTS) {
      for (const flags of [[], ["-a"]]) {
        const sealed = output(["age", ...flags, "-r", recipient], contents);
        expect(Buffer.from(await keyring(file).open(sealed)).equals(contents)).toBe(true);
      }
    }
  });

  withAge("another key of the same kind opens neither", async () => {
    const [{ recipient }, other] = [keyPair(kind), keyPair(kind)];
    const sealed = await encryptTo([readerOf("ana", recipient)], Buffer.from("x"));
    expect(await thrownBy(keyring(other.file).open(sealed))).toMatchObject({ code: "E_IDENTITY" });
    expect(() => output(["age", "-d", "-i", other.file], sealed)).toThrow("no identity matched");
  });
});

withAge("for several readers of each kind: each one opens it, here and with age", async () => {
  const pairs = (["x25519", "ed25519", "rsa", "x25519"] as const).map((kind) => keyPair(kind));
  const readers = pairs.map(({ recipient }, at) => readerOf(`r${at}`, recipient));
  const sealed = await encryptTo(readers, Buffer.from("for all"));
  for (const { file } of pairs) {
    expect(output(["age", "-d", "-i", file], sealed).toString()).toBe("for all");
    expect(Buffer.from(await keyring(file).open(sealed)).toString()).toBe("for all");
  }
  const { readers: ids, ways } = await headerOf(sealed);
  expect(ids).toEqual(readers.map(({ id }) => id).sort());
  expect(ways.filter((way) => way.startsWith("ssh-"))).toEqual(readers.flatMap(({ tag }) => tag ?? []));
});

withAge("a passphrase: what age writes on a terminal we read, and the other way round", async () => {
  const sealed = await encryptWithPassphrase("correct horse", Buffer.from("hunter2"));
  const ours = fileWith(sealed);
  const read = await inTerminal(["age", "-d", ours], { until: "passphrase", typed: "correct horse\r" });
  expect(read.text).toContain("hunter2");
  const theirs = `${fileWith("battery\n")}.age`;
  await inTerminal(
    ["age", "-p", "-o", theirs, theirs.slice(0, -4)],
    ["Enter passphrase", "Confirm passphrase"].map((until) => ({ until, typed: "correct horse\r" })),
  );
  expect(Buffer.from(await decryptWithPassphrase("correct horse", readFileSync(theirs))).toString()).toBe("battery\n");
  expect(await thrownBy(decryptWithPassphrase("wrong", readFileSync(theirs)))).toMatchObject({ code: "E_PASSPHRASE" });
});
