import { afterAll, expect, test } from "bun:test";
import fc from "fast-check";
import fs from "node:fs";
import { join } from "node:path";
import { utf8Text } from "../../src/base/byte-text.ts";
import type { Value } from "../../src/base/value.ts";
import { ssh } from "../../src/modules/ssh/index.ts";
import { keyLineText, parseKeyLine } from "../../src/modules/ssh/_key.ts";
import { bench, declare } from "../support/declare.ts";
import { FakeSystem, type FakeCommands } from "../support/fake-system.ts";
import { needs } from "../support/needs.ts";
import { temporaryDirectory } from "../support/temporary.ts";
import { refusal } from "./_call.ts";

const A = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIzlnSq5ESxLgW0avvPk3j7zLV59hcAPkxrMNdnZMKP2";
const B = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFp8VtD59XAcxkj1qbfCtB1in9nm5WiipORjtVJUBA6I";
const PRINT_B = "SHA256:hRFkW9RcmIVb4GTQ9Kqb8Z7b5C0y0L0w3mQv0m1lq3s";
const PASSWD = "root:x:0:0::/root:/bin/sh\nana:x:1000:1000::/home/ana:/bin/sh\n";
const KEYS = "/home/ana/.ssh/authorized_keys";

function typeOf(name: string) {
  const type = ssh.functions.find((each) => each.name === name);
  if (type?.form !== "resource") throw new Error(`${name} is no resource`);
  return type;
}

function machine(files: { readonly [path: string]: string } = {}, commands: FakeCommands = {}) {
  const system = new FakeSystem(commands, {}, { files: { "/etc/passwd": PASSWD, "/home/ana/.keep": "", ...files } });
  for (const path of ["/home/ana", "/home/ana/.ssh", KEYS])
    if (system.stat(path) !== null) system.chown(path, "1000", "1000");
  return system;
}

function keep(system: FakeSystem, name: string, props: Value, mode: "apply" | "plan" = "apply") {
  const on = { machine: system.asHost(mode), key: new Uint8Array(32), planning: mode === "plan" };
  return declare(typeOf(name), props, { ...on, workflowDirectory: "/" });
}

const textOf = (system: FakeSystem, path: string): string | null =>
  system.stat(path) === null ? null : utf8Text(system.readFile(path));

test("a first key makes ~/.ssh, for its user alone", async () => {
  const system = machine();
  const key = { user: "ana", key: `${A} ana@laptop` };
  expect(await keep(system, "ssh.authorized_key", key, "plan")).toMatchObject({ action: "create" });
  expect(system.stat("/home/ana/.ssh")).toBeNull();
  expect(await keep(system, "ssh.authorized_key", key)).toMatchObject({ action: "create" });
  expect(textOf(system, KEYS)).toBe(`${A} ana@laptop\n`);
  expect(system.stat("/home/ana/.ssh")).toMatchObject({ mode: 0o700, uid: 1000 });
  expect(system.stat(KEYS)).toMatchObject({ mode: 0o600, uid: 1000 });
  expect(await keep(system, "ssh.authorized_key", key)).toMatchObject({ changed: false });
});

test("type and data identify a key: options and comment are changed in its line, all others stay", async () => {
  const system = machine({ [KEYS]: `# head\nno-pty ${A} old\nbroken\n${B} b` });
  const options = ['from="10.0.0.0/8,!10.1.1.1"', 'command="echo \\"a b\\""'];
  const key = { user: "ana", key: A, options, comment: "new one" };
  expect(await keep(system, "ssh.authorized_key", key)).toMatchObject({
    changes: [{ property: "options", from: "no-pty", to: options.join(",") }, { property: "comment" }],
  });
  expect(textOf(system, KEYS)).toBe(`# head\n${options.join(",")} ${A} new one\nbroken\n${B} b`);
  expect(await keep(system, "ssh.authorized_key", key)).toMatchObject({ changed: false });
  expect(await keep(system, "ssh.authorized_key", { user: "ana", key: `${A}\n${B}`, state: "absent" })).toMatchObject({
    names: [expect.stringContaining("SHA256:"), expect.stringContaining("SHA256:")],
  });
  expect(textOf(system, KEYS)).toBe("# head\nbroken\n");
});

test("exclusive leaves these keys and what are comments, and no other", async () => {
  const system = machine({ [KEYS]: `# head\n${B} b\nsomething else\n${A} a\n` });
  const only = { user: "ana", key: [`${A} a`], exclusive: true };
  expect(await keep(system, "ssh.authorized_key", only)).toMatchObject({ changes: [{ property: "keys" }] });
  expect(textOf(system, KEYS)).toBe(`# head\n${A} a\n`);
  expect(await keep(system, "ssh.authorized_key", only)).toMatchObject({ changed: false });
});

test("what sshd would not take is made as it wants it", async () => {
  const system = machine({ [KEYS]: `${A} a\n` });
  system.chmod(KEYS, 0o664);
  system.chmod("/home/ana/.ssh", 0o777);
  const key = { user: "ana", key: `${A} a` };
  expect(await keep(system, "ssh.authorized_key", key)).toMatchObject({
    changes: [{ property: "file", from: "/home/ana/.ssh is 0777", to: "as sshd wants it" }],
  });
  expect([system.stat(KEYS)?.mode, system.stat("/home/ana/.ssh")?.mode]).toEqual([0o644, 0o755]);
  expect(await keep(system, "ssh.authorized_key", key)).toMatchObject({ changed: false });
});

test("a file that its user may not read is not read for him", async () => {
  const system = machine({ [KEYS]: "secret of root\n" });
  system.chown(KEYS, "0", "0");
  system.chmod(KEYS, 0o600);
  expect(await refusal(keep(system, "ssh.authorized_key", { user: "ana", key: A }))).toContain("is not for uid 1000");
  expect(textOf(system, KEYS)).toBe("secret of root\n");
});

test("every line of options, key and comment is read as it was written", () => {
  const option = fc.oneof(
    fc.constantFrom("no-pty", "cert-authority", "restrict"),
    fc.stringMatching(/^[a-z-]{1,8}="[ -!#-[\]-~]{0,12}"$/),
  );
  const lines = fc.record({
    options: fc.array(option, { maxLength: 3 }).map((all) => all.join(",")),
    comment: fc.stringMatching(/^([!-~]( ?[!-~]){0,9})?$/),
  });
  fc.assert(
    fc.property(lines, ({ options, comment }) => {
      const key = { type: "ssh-ed25519", blob: A.split(" ")[1] ?? "", options, comment };
      expect(parseKeyLine(keyLineText(key))).toEqual(key);
    }),
    { seed: 1, numRuns: 200 },
  );
});

const KNOWN = "/etc/ssh/ssh_known_hosts";

test("a host's key is replaced where it stands, and other names of its line stay known", async () => {
  const text = `# head\nweb,10.0.0.2 ${A} rack\n@revoked web ${A}\n*.wild ${A}\nbroken\n`;
  const system = machine({ [KNOWN]: text });
  const known = { name: "WEB", key: `web ${A}` };
  expect(await keep(system, "ssh.known_host", known)).toMatchObject({ changed: false });
  expect(await keep(system, "ssh.known_host", { ...known, key: B })).toMatchObject({
    changes: [{ property: "fingerprint" }],
  });
  expect(textOf(system, KNOWN)).toBe(`# head\n10.0.0.2 ${A} rack\nweb ${B}\n@revoked web ${A}\n*.wild ${A}\nbroken\n`);
  expect(await keep(system, "ssh.known_host", { ...known, key: B })).toMatchObject({ changed: false });
  expect(await keep(system, "ssh.known_host", { ...known, key: B, state: "absent" })).toMatchObject({
    action: "delete",
  });
  expect(textOf(system, KNOWN)).toBe(text.replace("web,10", "10"));
  expect(await refusal(keep(system, "ssh.known_host", { name: "web", state: "absent" }))).toContain(
    `${KNOWN}:5 is no line`,
  );
});

test("a hashed name is found, a port is part of the name, and `hash` hides it", async () => {
  const system = machine({ [KNOWN]: "" });
  const known = { name: "web", port: 2222, key: A, hash: true };
  await keep(system, "ssh.known_host", known);
  expect(textOf(system, KNOWN)).toMatch(/^\|1\|[^|]+\|\S+ ssh-ed25519 \S+\n$/);
  expect(await keep(system, "ssh.known_host", known)).toMatchObject({ changed: false });
  expect(await keep(system, "ssh.known_host", { ...known, hash: false })).toMatchObject({
    changes: [{ property: "hashed", from: true, to: false }],
  });
  expect(textOf(system, KNOWN)).toBe(`[web]:2222 ${A}\n`);
});

test("of what a host shows only the key that is pinned is taken", async () => {
  const scan = { "ssh-keyscan -T 10 -p 22 -- web": `# web:22 SSH\nweb ${A}\nweb ${B}\n` };
  const system = machine({ [KNOWN]: "" }, scan);
  const pinned = { name: "web", fingerprint: fingerprintOf(B) };
  await keep(system, "ssh.known_host", pinned, "plan");
  expect(await keep(system, "ssh.known_host", pinned)).toMatchObject({ action: "create" });
  expect(textOf(system, KNOWN)).toBe(`web ${B}\n`);
  expect(await keep(system, "ssh.known_host", pinned)).toMatchObject({ changed: false });
  const other = { name: "web", fingerprint: PRINT_B };
  expect(await refusal(keep(system, "ssh.known_host", other))).toContain(
    `has no key with ${PRINT_B}; it shows SHA256:`,
  );
  expect(textOf(system, KNOWN)).toBe(`web ${B}\n`);
});

function fingerprintOf(key: string): string {
  const digest = new Bun.CryptoHasher("sha256").update(Buffer.from(key.split(" ")[1] ?? "", "base64")).digest("base64");
  return `SHA256:${digest.replace(/=$/, "")}`;
}

test.each([
  ["ssh.authorized_key", { user: "ana", key: "ssh-ed25519 AAAA" }, "which is no public key"],
  ["ssh.authorized_key", { user: "ana", key: A.slice(0, -8) + "!" }, "which is no public key"],
  ["ssh.authorized_key", { user: "ana", key: A.replace("ed25519", "rsa") }, "which is no public key"],
  [
    "ssh.authorized_key",
    { user: "ana", key: "-----BEGIN OPENSSH PRIVATE KEY-----" },
    "stands a private key; the public one",
  ],
  ["ssh.authorized_key", { user: "ana", key: "# nothing" }, "there is no public key in 'key'"],
  ["ssh.authorized_key", { user: "nobody-here", key: A }, "there is no user nobody-here"],
  ["ssh.authorized_key", { user: "ana" }, "takes one of 'key', 'file' and 'url'"],
  ["ssh.authorized_key", { user: "ana", key: A, options: 'a b"' }, "are no options"],
  ["ssh.authorized_key", { user: "ana", url: "http://x.example/k" }, "expected an https URL"],
  ["ssh.known_host", { name: "web" }, "what a host shows by itself proves nothing"],
  ["ssh.known_host", { name: "web", key: `other ${A}` }, "'key' is of other, not of web"],
  ["ssh.known_host", { name: "web", key: "garbage" }, "which is no public key"],
  ["ssh.known_host", { name: "web", key: A, port: 70_000 }, "expected a whole number from 1 to 65535"],
  ["ssh.keypair", { path: "/k", bits: 1024, type: "rsa" }, "expected 2048 or more"],
  ["ssh.keypair", { path: "/k", bits: 512 }, "'bits' is fixed at 256"],
  ["ssh.keypair", { path: "/k", passphrase: "abc" }, "five characters or more"],
])("%s refuses %p", async (name, props, said) => {
  expect(await refusal(keep(machine({ [KNOWN]: "", "/.keep": "" }), name, props))).toContain(said);
});

const dir = temporaryDirectory();
afterAll(() => dir[Symbol.dispose]());
const withKeygen = needs(Bun.which("ssh-keygen") !== null, "ssh-keygen");
const onThisMachine = (props: Value) => declare(typeOf("ssh.keypair"), props, bench());
const opens = (path: string, phrase: string): string =>
  Bun.spawnSync(["ssh-keygen", "-y", "-P", phrase, "-f", path]).stdout.toString().split(" ").slice(0, 2).join(" ");

withKeygen(
  "a pair is made once; its comment and its public key are put right, and another one is not made unasked",
  async () => {
    const path = join(dir.path, "id");
    const pair = { path, comment: "one" };
    expect(await onThisMachine(pair)).toMatchObject({ action: "create" });
    const key = opens(path, "");
    expect(fs.readFileSync(`${path}.pub`, "utf8")).toBe(`${key} one\n`);
    expect([fs.statSync(path).mode & 0o777, fs.statSync(`${path}.pub`).mode & 0o777]).toEqual([0o600, 0o644]);
    expect(await onThisMachine(pair)).toMatchObject({ changed: false });

    expect(await onThisMachine({ path, comment: "two" })).toMatchObject({ changes: [{ property: "comment" }] });
    fs.rmSync(`${path}.pub`);
    expect(await onThisMachine({ path, comment: "two" })).toMatchObject({
      changes: [{ property: "comment" }, { property: "public_key", from: "missing" }],
    });
    expect(fs.readFileSync(`${path}.pub`, "utf8")).toBe(`${key} two\n`);
    expect(await refusal(onThisMachine({ path, type: "ecdsa" }))).toContain(
      "has type ed25519, not ecdsa; force = true",
    );
    expect(opens(path, "")).toBe(key);
    expect(await onThisMachine({ path, type: "ecdsa", bits: 384, force: true })).toMatchObject({
      changes: [{ property: "type" }, { property: "bits" }],
    });
    expect(opens(path, "")).toStartWith("ecdsa-sha2-nistp384 ");
    expect(await onThisMachine({ path, state: "absent" })).toMatchObject({ action: "delete" });
    expect([fs.existsSync(path), fs.existsSync(`${path}.pub`)]).toEqual([false, false]);
  },
);

withKeygen("a passphrase encrypts the key, and opens it for another comment", async () => {
  const path = join(dir.path, "locked");
  const pair = { path, passphrase: "open sesame", comment: "one" };
  await onThisMachine(pair);
  const key = opens(path, "open sesame");
  expect(opens(path, "")).toBe("");
  expect(await onThisMachine(pair)).toMatchObject({ changed: false });
  await onThisMachine({ ...pair, comment: "two" });
  expect(fs.readFileSync(`${path}.pub`, "utf8")).toBe(`${key} two\n`);
  expect(opens(path, "open sesame")).toBe(key);
  expect(await refusal(onThisMachine({ path, comment: "three" }))).toContain("ssh-keygen");
});
