import { describe, expect, test } from "bun:test";
import { digestOf } from "../../../src/base/digest.ts";
import type { Value } from "../../../src/base/value.ts";
import { parseKeyring } from "../../../src/modules/pkg/_repository/openpgp.ts";
import { declare } from "../../support/declare.ts";
import { FakeSystem } from "../../support/fake-system.ts";
import { refusal } from "../_call.ts";
import { APT, UPDATE, debian, leaving, paragraph, policy, typeNamed } from "./_apt-machine.ts";
import { ONE, ONE_PRINT, TWO, TWO_PRINT } from "../../support/openpgp-keys.ts";

const FILE = "/etc/apt/sources.list.d/lab.sources";
const KEY = "/etc/apt/keyrings/lab.asc";
const LAB = { name: "lab", uris: "https://example.org/deb", suites: "stable", components: "main" };
const STANZA =
  "X-Repolib-Name: lab\nTypes: deb\nURIs: https://example.org/deb\nSuites: stable\nComponents: main\nSigned-By: /etc/apt/keyrings/lab.asc\n";

type Mode = "apply" | "plan";
const keep = (system: FakeSystem, props: Value, mode: Mode = "apply", type = "pkg.repository") =>
  declare(typeNamed(type), props, {
    machine: system.asHost(mode),
    key: new Uint8Array(32),
    planning: mode === "plan",
    workflowDirectory: "/",
  });
const textOf = (system: FakeSystem, path: string): string | null =>
  system.stat(path) === null ? null : Buffer.from(system.readFile(path)).toString();
const apt = (files: { readonly [path: string]: string } = {}): FakeSystem => debian("", {}, { files });

test("a source and its key are written, compared as what they mean, and taken away together", async () => {
  const system = apt();
  const props = { ...LAB, key: { content: ONE } };
  expect(await keep(system, props, "plan")).toMatchObject({ action: "create" });
  expect(system.stat(FILE)).toBeNull();
  expect(await keep(system, props)).toMatchObject({
    action: "create",
    stated: [{ key: [ONE_PRINT], uris: [LAB.uris] }],
  });
  expect([textOf(system, FILE), textOf(system, KEY)]).toEqual([STANZA, ONE]);
  expect(await keep(system, props)).toMatchObject({ action: "none" });

  const otherwise = STANZA.replace("Suites: stable", "suites:\n# which\n stable")
    .replace("Types: deb\n", "")
    .concat("Types: deb\n");
  await system.writeFile(FILE, Buffer.from(`# by hand\n${otherwise}`), {});
  expect(await keep(system, props)).toMatchObject({ action: "none" });
  expect(await keep(system, { ...props, suites: ["stable", "testing"] })).toMatchObject({
    changes: [{ property: "suites", from: ["stable"], to: ["stable", "testing"] }],
  });
  expect(textOf(system, FILE)).toContain("# by hand\nX-Repolib-Name: lab\nURIs");
  expect(textOf(system, FILE)).toContain("Suites: stable testing\n");

  expect(await keep(system, { name: "lab", state: "absent" })).toMatchObject({ action: "delete" });
  expect([system.stat(FILE), system.stat(KEY)]).toEqual([null, null]);
  expect(await keep(system, { name: "lab", state: "absent" })).toMatchObject({ action: "none" });
});

test("another key takes its place, one that others use stays, and one without armour has its own name", async () => {
  const system = apt({ "/etc/apt/sources.list.d/b.sources": `Types: deb\nSigned-By: ${KEY}\n` });
  await keep(system, { ...LAB, key: { content: ONE } });
  const binary = parseKeyring(Buffer.from(TWO)).packets;
  const second = { ...LAB, key: { content: binary, fingerprint: TWO_PRINT.toLowerCase() } };
  expect(await keep(system, second)).toMatchObject({ changes: [{ property: "key" }, { property: "key_digest" }] });
  expect(textOf(system, FILE)).toContain("Signed-By: /etc/apt/keyrings/lab.gpg\n");
  expect([system.stat(KEY) === null, system.stat("/etc/apt/keyrings/lab.gpg") === null]).toEqual([false, false]);
  expect(await keep(system, second)).toMatchObject({ action: "none" });
  // The same key in its armour is the same key.
  expect(await keep(system, { ...LAB, key: { content: TWO } })).toMatchObject({ action: "none" });
  await keep(system, { name: "lab", state: "absent" });
  expect([system.stat(KEY) === null, system.stat("/etc/apt/keyrings/lab.gpg")]).toEqual([false, null]);
});

test("a key that is damaged on the machine is put right", async () => {
  const system = apt();
  const props = { ...LAB, key: { content: ONE } };
  await keep(system, props);
  await system.writeFile(KEY, Buffer.from("nonsense"), {});
  expect(await keep(system, props)).toMatchObject({
    changes: [{ property: "key", from: [] }, { property: "key_digest" }],
  });
  expect(textOf(system, KEY)).toBe(ONE);
});

test("a source of the old format is named, and replaced when that is asked", async () => {
  const old = "/etc/apt/sources.list.d/old.list";
  const system = apt({
    [old]: "# vendor\ndeb [arch=amd64] https://example.org/deb/ stable main\n",
    "/etc/apt/sources.list":
      "deb http://deb.debian.org/debian bookworm main\ndeb-src https://example.org/deb stable main\n",
  });
  expect(await refusal(keep(system, LAB))).toContain(
    "/etc/apt/sources.list has this source already, in the old format; migrate = true",
  );
  expect(system.stat(FILE)).toBeNull();
  expect(await keep(system, { ...LAB, migrate: true })).toMatchObject({ stated: [{ one_line: [] }] });
  expect(textOf(system, old)).toBeNull();
  expect(textOf(system, "/etc/apt/sources.list")).toBe("deb http://deb.debian.org/debian bookworm main\n");
  expect(await keep(system, { ...LAB, migrate: true })).toMatchObject({ action: "none" });
});

test("a key of a URL is asked for by the host where it is not there yet, and only the one that was named is taken", async () => {
  let asked = 0;
  using server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: ({ url }) => (asked++, new Response(url.endsWith("/large") ? "x".repeat(2 << 20) : ONE)),
  });
  const url = `http://127.0.0.1:${server.port}/key`;
  const system = apt();
  const props = { ...LAB, key: { url, fingerprint: ONE_PRINT } };
  const wrong = { ...LAB, key: { url, fingerprint: TWO_PRINT } };
  for (const mode of ["plan", "apply"] as const)
    expect(await refusal(keep(system, wrong, mode))).toContain(`has the fingerprint ${ONE_PRINT}, not ${TWO_PRINT}`);
  expect(await refusal(keep(system, { ...props, key: { ...props.key, url: `${url}/large` } }))).toContain("more than");
  expect(system.stat(KEY)).toBeNull();
  expect(await keep(system, props)).toMatchObject({ action: "create", stated: [{ key: [ONE_PRINT] }] });
  const before = asked;
  expect(await keep(system, props)).toMatchObject({ action: "none" });
  expect([textOf(system, KEY), asked]).toEqual([ONE, before]);
});

test("the facts of before put every file back to the byte", async () => {
  const old = "/etc/apt/sources.list.d/old.list";
  const before = {
    [old]: "# vendor\ndeb https://example.org/deb stable main\n",
    [FILE]: "# mine\nTypes: deb\nURIs: http://a\nSuites: x/\n",
  };
  const system = apt(before);
  const type = typeNamed("pkg.repository");
  const facts = await type.read({ name: "lab", given: { uris: [LAB.uris], suites: ["stable"] } }, system);
  await keep(system, { ...LAB, migrate: true, key: { content: ONE } });
  const { want, stated } = type.undo?.restate?.("lab", facts) ?? {};
  const actual = await type.read(want ?? null, system);
  const changes = [{ property: "files", from: null, to: null }];
  const inputs = { open: () => [], read: () => Promise.reject(new Error("asked for")) } as never;
  await type.apply(want ?? null, { action: "update", changes, actual, desired: stated ?? {} }, system, inputs);
  expect([textOf(system, old), textOf(system, FILE), system.stat(KEY)]).toEqual([before[old], before[FILE], null]);
});

test("only the index of the new source is fetched, once, by the first installation after it", async () => {
  const only = `${UPDATE.replace(/ update$/, "")} --option=Dir::Etc::SourceList=${FILE} --option=Dir::Etc::SourceParts=- --option=APT::Get::List-Cleanup=0 update`;
  const system = debian(paragraph("there", "1-1"), {
    ...policy("lab-extra", "1-1"),
    ...policy("more", "1-1"),
    [only]: async (_options, machine) => {
      await machine.writeFile(
        "/var/lib/apt/lists/example.org_deb_dists_stable_main_binary-amd64_Packages",
        Buffer.from(""),
        {},
      );
      return "";
    },
    [`${APT} install -- lab-extra`]: leaving(paragraph("lab-extra", "1-1")),
    [`${APT} install -- more`]: leaving(paragraph("lab-extra", "1-1") + paragraph("more", "1-1")),
  });
  const machine = system.asHost("plan");
  const on = { machine, key: machine.key, planning: true, workflowDirectory: "/" };
  await declare(typeNamed("pkg.repository"), LAB, on);
  expect(await declare(typeNamed("pkg.install"), { name: "unheard-of" }, on)).toMatchObject({ action: "create" });

  await keep(system, LAB);
  await keep(system, { name: "there" }, "apply", "pkg.install");
  expect(system.ran).toEqual([]);
  await keep(system, { name: "lab-extra" }, "apply", "pkg.install");
  await keep(system, { name: "more" }, "apply", "pkg.install");
  expect(system.ran).toEqual([only, `${APT} install -- lab-extra`, `${APT} install -- more`]);
});

test.each([
  [
    { ...LAB, key: { content: ONE, fingerprint: TWO_PRINT } },
    `the key has the fingerprint ${ONE_PRINT}, not ${TWO_PRINT}`,
  ],
  [{ ...LAB, key: { content: ONE + TWO, fingerprint: ONE_PRINT } }, "the key has the fingerprint"],
  [{ ...LAB, key: { content: "words" } }, "it is no OpenPGP key"],
  [{ ...LAB, key: { content: ONE.replace("Axyz", "").replace("rpMB", "rpMC") } }, "its armour is damaged"],
  [{ ...LAB, key: { url: "http://example.org/key" } }, "needs 'fingerprint'"],
  [{ ...LAB, key: { content: ONE, fingerprint: "9AE43F4" } }, "a fingerprint of 40 or 64"],
  [{ ...LAB, key: {} }, "takes one of 'url', 'file' and 'content'"],
  [{ ...LAB, uris: "https://example.org/deb\nTrusted: yes" }, "an address without blanks"],
  [{ ...LAB, suites: "stable\n\nTypes: deb" }, "names without blanks"],
  [{ ...LAB, options: { Trusted: "yes\nX: y" } }, "'options.Trusted'"],
  [{ ...LAB, options: { "a: b\nTrusted": "yes" } }, "which is no name of a setting"],
  [{ ...LAB, name: "../evil" }, "letters, digits"],
  [{ ...LAB, suites: "stable/" }, "'components' cannot go with the suite 'stable/'"],
  [{ ...LAB, components: [] }, "'components' is empty"],
  [{ name: "lab" }, "'uris' is missing"],
  [{ ...LAB, gpgcheck: true }, "'gpgcheck' is not of apt, which this machine has"],
  [{ ...LAB, uri: "https://example.org" }, "did you mean 'uris'"],
] as const)("refused, and nothing is written: %#", async (props, said) => {
  const system = apt();
  expect(await refusal(keep(system, props as Value))).toContain(said);
  expect([system.stat(FILE), system.stat(KEY)]).toEqual([null, null]);
});

describe("other managers", () => {
  const machine = (id: string, program: string, files: { readonly [path: string]: string } = {}): FakeSystem =>
    new FakeSystem({}, {}, { files: { "/etc/os-release": `ID=${id}\n`, ...files }, programs: [program] });

  test("dnf and zypper have a section of a .repo file, other settings of which stay", async () => {
    for (const [id, program, directory] of [
      ["fedora", "dnf", "/etc/yum.repos.d"],
      ["opensuse", "zypper", "/etc/zypp/repos.d"],
    ] as const) {
      const path = `${directory}/lab.repo`;
      const system = machine(id, program);
      const props = {
        name: "lab",
        baseurl: ["https://a.example.org/$releasever", "https://b.example.org"],
        gpgcheck: true,
        priority: 10,
        key: { content: ONE },
      };
      expect(await keep(system, props)).toMatchObject({ action: "create" });
      expect(textOf(system, path)).toBe(
        "[lab]\nname=lab\nbaseurl=https://a.example.org/$releasever\n        https://b.example.org\ngpgcheck=1\npriority=10\ngpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-lab\n",
      );
      expect(await keep(system, props)).toMatchObject({ action: "none" });
      await system.writeFile(path, Buffer.from(`${textOf(system, path)}sslverify=0\n\n[other]\nname=Other\n`), {});
      expect(await keep(system, { ...props, enabled: false })).toMatchObject({
        changes: [{ property: "enabled", to: false }],
      });
      await keep(system, { name: "lab", state: "absent" });
      expect(textOf(system, path)).toBe("[other]\nname=Other\n");
      expect(system.stat("/etc/pki/rpm-gpg/RPM-GPG-KEY-lab")).toBeNull();
    }
  });

  test("pacman has a section of pacman.conf, apk a file of repositories.d", async () => {
    const arch = machine("arch", "pacman", {
      "/etc/pacman.conf": "[options]\nCheckSpace\n\n[core]\nServer = http://c\n",
    });
    const lab = { name: "lab", uris: ["https://a", "https://b"], options: { SigLevel: "Never" } };
    await keep(arch, lab);
    expect(textOf(arch, "/etc/pacman.conf")).toBe(
      "[options]\nCheckSpace\n\n[core]\nServer = http://c\n\n[lab]\nSigLevel = Never\nServer = https://a\nServer = https://b\n",
    );
    expect(await keep(arch, lab)).toMatchObject({ action: "none" });
    expect(await refusal(keep(arch, { ...lab, key: { content: ONE } }))).toContain("'key' is not of pacman");
    await keep(arch, { name: "lab", state: "absent" });
    expect(textOf(arch, "/etc/pacman.conf")).toBe("[options]\nCheckSpace\n\n[core]\nServer = http://c\n");

    const alpine = machine("alpine", "apk");
    const edge = { name: "edge", uris: "https://dl.example.org/edge/main" };
    await keep(alpine, edge);
    expect(textOf(alpine, "/etc/apk/repositories.d/edge.list")).toBe("https://dl.example.org/edge/main\n");
    expect(await keep(alpine, { ...edge, enabled: false })).toMatchObject({ changes: [{ property: "enabled" }] });
    expect(textOf(alpine, "/etc/apk/repositories.d/edge.list")).toBe("#https://dl.example.org/edge/main\n");
    expect(await keep(alpine, { name: "edge", state: "absent" })).toMatchObject({ action: "delete" });
  });
});

test("keys: several, whole to the last byte, never private", () => {
  const [one, two] = [parseKeyring(Buffer.from(ONE)), parseKeyring(Buffer.from(TWO))];
  expect([one.fingerprints, two.fingerprints]).toEqual([[ONE_PRINT], [TWO_PRINT]]);
  const both = Buffer.concat([one.packets, two.packets]);
  expect(parseKeyring(both).fingerprints).toEqual([TWO_PRINT, ONE_PRINT]);
  expect(parseKeyring(Buffer.from(`words\n${ONE}\n${TWO}`)).fingerprints.length).toBe(2);
  expect(digestOf(one.packets)).not.toBe(digestOf(two.packets));
  const cut = Array.from(one.packets, (_, end) => one.packets.subarray(0, end));
  const whole = cut.filter((bytes) => isKeyring(bytes)).map(({ length }) => length);
  expect(whole).toEqual([53, 74]); // where a packet ends: the key, and its user id
  expect(() => parseKeyring(Buffer.concat([one.packets, Buffer.from("x")]))).toThrow("it is no OpenPGP key");
  expect(() => parseKeyring(Buffer.from([0xc5, 1, 4]))).toThrow("there is a private key in it");
  expect(() => parseKeyring(Buffer.from([0xc6, 0xff]))).toThrow("it ends too early");
});

function isKeyring(bytes: Uint8Array): boolean {
  try {
    return parseKeyring(bytes).fingerprints.length > 0;
  } catch {
    return false;
  }
}
