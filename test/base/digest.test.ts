import { expect, test } from "bun:test";
import { hkdfSync } from "node:crypto";
import { hostKey } from "../../src/base/digest.ts";

test("a host's key is HKDF of the database's and the host's name", () => {
  const key = new Uint8Array(32).map((_, i) => i);
  for (const host of ["web1", "böse", ""]) {
    const expected = hkdfSync("sha256", key, "", `sloth-runner host ${host}`, 32);
    expect(Buffer.from(hostKey(key, host))).toEqual(Buffer.from(expected));
  }
});
