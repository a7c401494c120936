import { describe, expect, test } from "bun:test";
import { generateIdentity, identityToRecipient } from "age-encryption";
import fc from "fast-check";
import { parseIdentity } from "../../src/secrets/identity.ts";
import { Keyring } from "../../src/secrets/keyring.ts";
import { isLeaf, pathText, type Step } from "../../src/secrets/leaf-text.ts";
import { leafHeader, openLeaf, sealLeaf } from "../../src/secrets/leaf.ts";
import { parseReaders, withoutReader } from "../../src/secrets/readers-file.ts";
import { readerOf } from "../../src/secrets/reader.ts";
import { messageOf, thrownBy } from "../support/thrown.ts";

const identity = await generateIdentity();
const ana = readerOf("ana", await identityToRecipient(identity));
const bob = readerOf("bob", await identityToRecipient(await generateIdentity()));
const nobody = () => Promise.resolve(undefined);
const keys = new Keyring(() => Promise.resolve([parseIdentity("ana.txt", Buffer.from(identity), nobody)]));

const step = fc.oneof(fc.string(), fc.nat(9));

test("a value opens at its place, whatever it and its place are, and at no other", async () => {
  const places = fc.array(step, { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(places, places, fc.uint8Array(), async (path, other, value) => {
      const leaf = await sealLeaf(path, value, [ana]);
      expect(isLeaf(leaf)).toBe(true);
      expect(leaf).not.toMatch(/\s/);
      expect(await openLeaf(path, leaf, keys)).toEqual(new Uint8Array(value));
      if (isSamePlace(path, other)) return;
      expect(await thrownBy(openLeaf(other, leaf, keys))).toMatchObject({ code: "E_SECRET_MOVED" });
    }),
    { seed: 20, numRuns: 50 },
  );
});

function isSamePlace(a: readonly Step[], b: readonly Step[]): boolean {
  return (
    a.length === b.length &&
    a.every((one, at) => one === b[at] || (typeof one === "number" && typeof b[at] === "number"))
  );
}

test("whatever is changed in a leaf, it opens no more, and is not taken for plain text", async () => {
  const leaf = await sealLeaf(["db", "password"], Buffer.from("hunter2"), [ana]);
  for (let at = 4; at < leaf.length; at += 7) {
    const changed = leaf.slice(0, at) + (leaf[at] === "A" ? "B" : "A") + leaf.slice(at + 1);
    const cut = leaf.slice(0, Math.max(at, 100));
    for (const damaged of [changed, cut]) {
      expect(isLeaf(damaged)).toBe(true);
      const error = await thrownBy(openLeaf(["db", "password"], damaged, keys));
      expect(error.message).toStartWith("db.password ");
      expect(error).toMatchObject({ code: expect.stringMatching(/^E_(SECRET_DAMAGED|IDENTITY)$/) });
    }
  }
});

test("a value that was moved says where it belongs", async () => {
  const leaf = await sealLeaf(["db", "a.b", 3, "password"], Buffer.from("hunter2"), [ana]);
  expect(await messageOf(openLeaf(["app", "token"], leaf, keys))).toBe("app.token belongs to db.a\\.b[].password");
  expect(pathText(["db", "a.b", 3, "password"])).toBe("db.a\\.b[4].password");
});

test("one that is for others says so, and which identities were tried", async () => {
  const leaf = await sealLeaf(["k"], Buffer.from("hunter2"), [bob]);
  const error = await thrownBy(openLeaf(["k"], leaf, keys));
  expect(String(error)).toBe(
    "k cannot be opened: none of your identities opens it; tried ana.txt; name another with --identity",
  );
});

test("without any key it can be told for whom it says it is", async () => {
  const leaf = await sealLeaf(["k"], Buffer.from("hunter2"), [bob, ana]);
  expect(await leafHeader({ path: ["k"], text: leaf })).toEqual({
    readers: [ana.id, bob.id].sort(),
    ways: ["X25519", "X25519"],
  });
});

test("plain texts are no leaves", () => {
  for (const text of ["", "age:", "age: 42", "age:42", "age:old enough", "ages", "AGE:YWdl"])
    expect(isLeaf(text)).toBe(false);
});

describe("the file of readers", () => {
  const file = `# who may read\n\nana ${ana.key}\n  bob\t${bob.key}  \n`;

  test("has a name and a key a line", () => {
    expect(parseReaders(file, "r").map(({ name, id }) => [name, id])).toEqual([
      ["ana", ana.id],
      ["bob", bob.id],
    ]);
    expect(withoutReader(file, "bob")).toBe(`# who may read\n\nana ${ana.key}\n`);
  });

  test.each([
    ["ana", "is not a name and a key"],
    [ana.key, "is not a name and a key"],
    [`a:b ${ana.key}`, "is not a name and a key"],
    [`ana ${ana.key.slice(0, -1)}`, "the key of ana is not a key that can be encrypted to"],
    ["ana AGE-SECRET-KEY-1QQ", "the key of ana is not the public key of anybody"],
    ["ana ssh-ed25519 AAAA", "the key of ana is cut short"],
    ["ana ssh-ed25519 !!", "the key of ana is not the public key of an SSH key"],
    ["web ecdsa-sha2-nistp256 AAAA", "the key of web is not the public key of anybody"],
    [`ana ${ana.key}\nada ${ana.key}`, "ada has the key of ana"],
  ])("a wrong line is named with its number: %p", (line, why) => {
    const lines = `# first\n${line}\n`;
    const number = line.includes("\n") ? 3 : 2;
    expect(() => parseReaders(lines, ".sloth-recipients")).toThrow(`.sloth-recipients:${number}: ${why}`);
  });
});
