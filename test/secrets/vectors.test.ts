import { expect, test } from "bun:test";
import { inflateSync } from "node:zlib";
import * as vectors from "cctv-age";
import type { SlothError } from "../../src/base/errors.ts";
import { decryptWith, decryptWithPassphrase } from "../../src/secrets/age.ts";
import { ARMOR } from "../../src/secrets/recognize.ts";

/** The public test vectors of the format, of https://c2sp.org/CCTV/age: each one is opened, or refused, as it says. */
const cases = Object.entries(vectors).map(([name, contents]) => ({ name, ...parsed(contents) }));

test.each(cases)("$name", async ({ expected, identities, passphrases, payload, file }) => {
  expect(await attempt(file, identities, passphrases)).toBe(
    expected === "success" ? payload : expected === "no match" ? "fits not" : "damaged",
  );
});

test("there are as many as there were", () => {
  expect(cases.length).toBeGreaterThanOrEqual(110);
  for (const kind of ["success", "no match", "HMAC failure", "header failure", "payload failure", "armor failure"])
    expect(cases.filter(({ expected }) => expected === kind).length).toBeGreaterThan(0);
});

/** The digest of what it holds. */
async function attempt(file: Uint8Array, identities: readonly string[], passphrases: readonly string[]) {
  const [passphrase] = passphrases;
  const opening = passphrase === undefined ? decryptWith(identities, file) : decryptWithPassphrase(passphrase, file);
  return await opening.then(
    (bytes) => Bun.SHA256.hash(bytes, "hex"),
    ({ code }: SlothError) => (["E_IDENTITY", "E_PASSPHRASE"].includes(code) ? "fits not" : "damaged"),
  );
}

function parsed(contents: Uint8Array) {
  const bytes = Buffer.from(contents);
  const end = bytes.indexOf("\n\n");
  const lines = bytes.toString("latin1", 0, end).split("\n");
  const all = (key: string) =>
    lines.filter((line) => line.startsWith(`${key}: `)).map((line) => line.slice(key.length + 2));
  const body = bytes.subarray(end + 2);
  const whole = all("compressed")[0] === "zlib" ? inflateSync(body) : body;
  return {
    expected: all("expect")[0],
    identities: all("identity"),
    passphrases: all("passphrase"),
    payload: all("payload")[0] ?? "",
    // What is said to be armored is, also where its beginning is damaged.
    file: new Uint8Array(all("armored")[0] === "yes" ? asArmored(whole) : whole),
  };
}

function asArmored(file: Buffer): Buffer {
  return file.includes(ARMOR) ? file : Buffer.from(`${ARMOR}\n`);
}
