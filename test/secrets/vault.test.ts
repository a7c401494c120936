import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createCipheriv, createHmac, pbkdf2Sync } from "node:crypto";
import { isVault } from "../../src/secrets/recognize.ts";
import { openVault, vaultLabel } from "../../src/secrets/vault.ts";
import { DEV, PLAIN, WHOLE } from "./_vaults.ts";

const shown = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

describe("what ansible-vault wrote", () => {
  test("1.1, 1.2 with a vault id, and a whole file", () => {
    expect(shown(openVault(PLAIN, "correct horse"))).toBe("hunter2");
    expect(shown(openVault(DEV, "other horse"))).toBe("tr0ub4dor ünï");
    expect(shown(openVault(WHOLE, "correct horse"))).toBe('port: 5432\ndebug: true\ndb:\n  password: "whole-file"\n');
    expect([PLAIN, DEV, WHOLE].map(vaultLabel)).toEqual([undefined, "dev", undefined]);
    expect([PLAIN, DEV, ` \n${WHOLE}`, "$ANSIBLE", "hunter2"].map(isVault)).toEqual([true, true, true, false, false]);
  });

  test("lines may be indented, and end as on Windows", () => {
    expect(shown(openVault(PLAIN.replaceAll("\n", "\r\n    "), "correct horse"))).toBe("hunter2");
  });

  test("another password, or any change, opens nothing", () => {
    expect(() => openVault(PLAIN, "wrong")).toThrow(
      "the password of the vault is not the right one, or it was changed",
    );
    for (let at = PLAIN.indexOf("\n") + 1; at < PLAIN.length; at += 5) {
      const changed = PLAIN.slice(0, at) + (PLAIN[at] === "3" ? "4" : "3") + PLAIN.slice(at + 1);
      expect(() => openVault(changed, "correct horse")).toThrow(/not the right one|is damaged/);
    }
    for (const damaged of [PLAIN.slice(0, 200), PLAIN.replace("3", "z"), "$ANSIBLE_VAULT;1.1;AES256\n"])
      expect(() => openVault(damaged, "correct horse")).toThrow(/not the right one|is damaged/);
    expect(() => openVault(PLAIN.replace("1.1", "1.0"), "x")).toThrow(
      "of a form of ansible-vault that is not read here",
    );
  });
});

test("whatever is in it comes out as it was", () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.string({ minLength: 1 }), (value, password) => {
      expect(openVault(sealed(value, password), password)).toEqual(new Uint8Array(value));
    }),
    { seed: 23, numRuns: 20 },
  );
});

/** As https://docs.ansible.com says under "ansible-vault payload format 1.1 - 1.2". */
function sealed(value: Uint8Array, password: string): string {
  const salt = crypto.getRandomValues(new Uint8Array(32));
  const keys = pbkdf2Sync(password, salt, 10_000, 80, "sha256");
  const padding = 16 - (value.length % 16);
  const cipher = createCipheriv("aes-256-ctr", keys.subarray(0, 32), keys.subarray(64));
  const text = Buffer.concat([cipher.update(Buffer.concat([value, Buffer.alloc(padding, padding)])), cipher.final()]);
  const mac = createHmac("sha256", keys.subarray(32, 64)).update(text).digest();
  const parts = [salt, mac, text].map((part) => Buffer.from(part).toString("hex"));
  return `$ANSIBLE_VAULT;1.1;AES256\n${Buffer.from(parts.join("\n"))
    .toString("hex")
    .replaceAll(/(.{80})/g, "$1\n")}\n`;
}
