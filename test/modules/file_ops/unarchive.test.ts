import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { gzipSync } from "node:zlib";
import { pack, type Header } from "tar-stream";
import type { ValueObject } from "../../../src/base/value.ts";
import { unarchive } from "../../../src/modules/file_ops/unarchive.ts";
import { bench as benchOf, declare, type Declared } from "../../support/declare.ts";
import { temporaryDirectory, type TemporaryDirectory } from "./_temporary.ts";

/** t/link -> sub/file, t/run (0755), t/sub (0750), t/sub/file (0640, "hello\\n"), all of 14 November 2023; by the usual tools. */
const ARCHIVES: Readonly<Record<string, string>> = {
  xz: "/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4Cf/AMddADoLvBunjDRE4cIHdekACY2x8R77HKpsCmuNZZSH0PLjqSIVf9xbR5UrelaZpKkFr4VbDcBuBNrVAvJ2n3RFjFhKcZ+uecKQZPJn9BQxXDe8n+4j+J9B/FThSkkI4yRqrUNwofn7Ri8XycqWzpIk/RXkBO0ArQgFNDM1pQ8YTh+/KPMdI1QghK+AV0scN8+8hwyY3NMoVMMIe8t482kOASQBStRYFCWANYI3rEFKtWU739PWy/uyZ7IR906+lg2uHYr/yHOqvP4AALBGBZJV9/llAAHjAYBQAADKDADvscRn+wIAAAAABFla",
  bz2: "QlpoOTFBWSZTWTLD6LsAAP37gMuQEABoAP+AAVlzbZ4ADAgwANhQ0iaANAA0AA2kMNDJkDIxBiZNDTAkSKeKaTyTTE9IxNoJg9cD4y6RpNhTBDvYhPOhJEzN9bZSb+7xEBs1VdXNFkJDSWXWV6OyIRj66eP2CDayxo4a4ATgIARx5Zc4wSVGFHluDEmhsx/qImbrwwdpFkZgsFDOVK0uCslynF0EIukok6BOaR8kDLZozSDY0MgYYh8VIoJMg+FEEDD6UOQsAcuJz1pAexdyRThQkDLD6Ls=",
  gz: "H4sIAAAAAAAAA+3VTQqDMBAF4Kx7ipQeID8mmfNUsCgNFjTevzHuLNjVaKnv2yRkMwOPmSQl2OmMvC9ntj7L3ThvHZF25T1YY4X0/K0JMY3pPki5R6lflFTs+idvjZI/0Xb+vtLGzPEboY32+UnacarVo4sNZ3Onz3+YeuYaX+c/D/tq/qnyQmrmvoqT53+7qrrr1dheju4EjpDUvGR5ayzz/zH3W/8/UcD/v4clf95Pdg44uK38wyp/Ctj/+2ibGF/Y/QAAAAAAAAAAAAAAAAB/4Q2hv6ZcACgAAA==",
  zst: "KLUv/WQAJ90FAOJGFReQp20EtRWhwdQodz+VJMnknvqKOxtrB4ZzjKO8mJTy71EBjoTIFBgQ+GyJaxpaB+MYAhYr6Zm9Tltmmtj/BWQOqrvDQKW1Z5paiH+iS9Js7962DVUkIOCCEZFgZjf9uQZZQP/fVF02IKo4oB0b3tUebVMoG3UGICkMXrA/g/oZGzvKALTewsyq4ZgQGLWI4AAyAUjpjwLxJwgI6w1QcXJe7ZprKm4pwBoEoDl1zNh4BRjHuoxPYQjRbyOQ",
  zip: "UEsDBAoAAAAAAKqxblcAAAAAAAAAAAAAAAACAAAAdC9QSwMECgAAAAAAu5R3XR5J21IIAAAACAAAAAYAAAB0L2xpbmtzdWIvZmlsZVBLAwQKAAAAAACqsW5XAAAAAAAAAAAAAAAABgAAAHQvc3ViL1BLAwQKAAAAAACqsW5XIDA6NgYAAAAGAAAACgAAAHQvc3ViL2ZpbGVoZWxsbwpQSwMECgAAAAAAqrFuVx2d+wQKAAAACgAAAAUAAAB0L3J1biMhL2Jpbi9zaApQSwECHgMKAAAAAACqsW5XAAAAAAAAAAAAAAAAAgAAAAAAAAAAABAA7UEAAAAAdC9QSwECHgMKAAAAAAC7lHddHknbUggAAAAIAAAABgAAAAAAAAAAAAAA/6EgAAAAdC9saW5rUEsBAh4DCgAAAAAAqrFuVwAAAAAAAAAAAAAAAAYAAAAAAAAAAAAQAOhBTAAAAHQvc3ViL1BLAQIeAwoAAAAAAKqxblcgMDo2BgAAAAYAAAAKAAAAAAAAAAEAAACggXAAAAB0L3N1Yi9maWxlUEsBAh4DCgAAAAAAqrFuVx2d+wQKAAAACgAAAAUAAAAAAAAAAQAAAO2BngAAAHQvcnVuUEsFBgAAAAAFAAUAAwEAAMsAAAAAAA==",
};

type Entry = Partial<Header> & Pick<Header, "name">;
const bench = benchOf();

async function twice(args: ValueObject): Promise<Declared> {
  const first = await declare(unarchive, args, bench);
  expect(await declare(unarchive, args, bench)).toMatchObject({ changed: false, action: "none" });
  return first;
}

function archive(directory: TemporaryDirectory, type: string): string {
  const path = directory.file(`t.${type === "zip" ? "zip" : `tar.${type}`}`);
  writeFileSync(path, Buffer.from(ARCHIVES[type] ?? "", "base64"));
  return path;
}

function modeOf(path: string): string {
  return (lstatSync(path).mode & 0o7777).toString(8).padStart(4, "0");
}

for (const type of Object.keys(ARCHIVES)) {
  test(`unpacks ${type}, then has nothing left to do; what was changed by hand is put back`, async () => {
    using directory = temporaryDirectory();
    const args = { src: archive(directory, type), dest: directory.path };
    expect(await twice(args)).toMatchObject({
      action: "create",
      names: [`${directory.path}: t.${type === "zip" ? "" : "tar."}${type}`],
    });
    expect(readdirSync(directory.file("t")).sort()).toEqual(["link", "run", "sub"]);
    expect([directory.contents("t/sub/file"), readlinkSync(directory.file("t/link"))]).toEqual(["hello\n", "sub/file"]);
    expect(["t/sub", "t/sub/file", "t/run"].map((name) => modeOf(directory.file(name)))).toEqual([
      "0750",
      "0640",
      "0755",
    ]);
    if (type !== "zip") expect(lstatSync(directory.file("t/sub/file")).mtimeMs).toBe(1_700_000_000_000);
    // As long as before: only the contents tell.
    writeFileSync(directory.file("t/sub/file"), "HELLO\n");
    chmodSync(directory.file("t/run"), 0o700);
    expect((await twice(args)).changes).toEqual([{ property: "differing", from: 2, to: 0 }]);
    expect([directory.contents("t/sub/file"), modeOf(directory.file("t/run"))]).toEqual(["hello\n", "0755"]);
  });
}

test("strip takes leading directories off", async () => {
  using directory = temporaryDirectory();
  mkdirSync(directory.file("dest"), { mode: 0o711 });
  await twice({ src: archive(directory, "gz"), dest: directory.file("dest"), strip: 1 });
  expect(readdirSync(directory.file("dest")).sort()).toEqual(["link", "run", "sub"]);
  expect(modeOf(directory.file("dest"))).toBe("0711");
});

test("creates: what is there already is enough", async () => {
  using directory = temporaryDirectory();
  const args = { src: archive(directory, "gz"), dest: directory.path, creates: directory.file("done") };
  directory.file("done", "");
  expect((await twice(args)).changed).toBe(false);
  expect(existsSync(directory.file("t"))).toBe(false);
});

test("sha256 of the archive is checked before anything is written", async () => {
  using directory = temporaryDirectory();
  const src = archive(directory, "gz");
  const sha256 = createHash("sha256").update(readFileSync(src)).digest("hex");
  expect(declare(unarchive, { src, dest: directory.path, sha256: "0".repeat(64) }, bench)).rejects.toThrow(
    `has sha256:${sha256}`,
  );
  expect(existsSync(directory.file("t"))).toBe(false);
  await twice({ src, dest: directory.path, sha256 });
});

describe("refuses before anything is written", () => {
  const file = (name: string): Entry => ({ name, type: "file" });
  const link = (name: string, linkname: string): Entry => ({ name, type: "symlink", linkname });
  const CASES: Readonly<Record<string, readonly [readonly Entry[], string]>> = {
    "..": [[file("../evil")], "leads out"],
    ".. in the middle": [[file("a/../../evil")], "leads out"],
    "an absolute name": [[file("/tmp/evil")], "absolute"],
    "a link to an absolute path": [[link("a", "/etc")], "link that leads out, to /etc"],
    "a link that leads out": [[link("a/b", "../../x")], "link that leads out"],
    "what lies behind a link": [[link("a", "b"), file("a/evil")], "behind a link"],
    "a hard link that leads out": [[{ name: "a", type: "link", linkname: "../x" }], "hard link that leads out"],
    "a device": [[{ name: "null", type: "character-device", devmajor: 1, devminor: 3 }], "neither a file"],
    "a fifo": [[{ name: "pipe", type: "fifo" }], "neither a file"],
  };
  for (const [name, [headers, message]] of Object.entries(CASES)) {
    test(name, async () => {
      using directory = temporaryDirectory();
      mkdirSync(directory.file("dest"));
      const src = directory.file("evil.tar.gz");
      writeFileSync(src, gzipSync(await packed([file("good"), ...headers])));
      expect(declare(unarchive, { src, dest: directory.file("dest") }, bench)).rejects.toThrow(message);
      expect(readdirSync(directory.file("dest"))).toEqual([]);
    });
  }

  test("a link that was there before and leads out", async () => {
    using directory = temporaryDirectory();
    mkdirSync(directory.file("dest"));
    mkdirSync(directory.file("outside"));
    symlinkSync(directory.file("outside"), directory.file("dest/t"));
    const args = { src: archive(directory, "gz"), dest: directory.file("dest") };
    expect(declare(unarchive, args, bench)).rejects.toThrow("leads out of");
    expect(readdirSync(directory.file("outside"))).toEqual([]);
  });

  test("a missing directory, a missing, half or foreign archive", async () => {
    using directory = temporaryDirectory();
    const src = archive(directory, "gz");
    expect(declare(unarchive, { src, dest: directory.file("none") }, bench)).rejects.toThrow("does not exist");
    expect(declare(unarchive, { src: "/no/such.tar", dest: directory.path }, bench)).rejects.toThrow("does not exist");
    const half = directory.file("half.tar.gz");
    writeFileSync(half, readFileSync(src).subarray(0, 100));
    expect(declare(unarchive, { src: half, dest: directory.path }, bench)).rejects.toThrow(
      "half.tar.gz cannot be unpacked",
    );
    const foreign = directory.file("foreign.tar", "no archive, but long enough to be asked ".repeat(20));
    expect(declare(unarchive, { src: foreign, dest: directory.path }, bench)).rejects.toThrow(
      "foreign.tar cannot be unpacked",
    );
    expect(existsSync(directory.file("t"))).toBe(false);
  });
});

test("hard links and long names", async () => {
  using directory = temporaryDirectory();
  const long = `${"d".repeat(90)}/${"e".repeat(90)}/${"f".repeat(90)}`;
  const src = directory.file("a.tar");
  writeFileSync(
    src,
    await packed([
      { name: "one", type: "file" },
      { name: "two", type: "link", linkname: "one" },
      { name: long, type: "file" },
    ]),
  );
  mkdirSync(directory.file("dest"));
  await twice({ src, dest: directory.file("dest") });
  expect(lstatSync(directory.file("dest/two")).ino).toBe(lstatSync(directory.file("dest/one")).ino);
  expect(existsSync(directory.file(`dest/${long}`))).toBe(true);
});

test("of several members of one name the last counts", async () => {
  using directory = temporaryDirectory();
  directory.file("file", "old");
  Bun.spawnSync(["tar", "-cf", directory.file("a.tar"), "-C", directory.path, "file"]);
  directory.file("file", "newer");
  Bun.spawnSync(["tar", "-rf", directory.file("a.tar"), "-C", directory.path, "file"]);
  mkdirSync(directory.file("dest"));
  await twice({ src: directory.file("a.tar"), dest: directory.file("dest") });
  expect(directory.contents("dest/file")).toBe("newer");
});

async function packed(headers: readonly Entry[]): Promise<Buffer> {
  const tar = pack();
  for (const header of headers) tar.entry({ size: 0, ...header }, "");
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) if (chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
