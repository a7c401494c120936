import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { pack, type Header } from "tar-stream";
import { SlothError } from "../../../src/base/errors.ts";
import type { ValueObject } from "../../../src/base/value.ts";
import { unarchive } from "../../../src/modules/file_ops/unarchive.ts";
import { readArchive } from "../../../src/modules/file_ops/_archive/archive.ts";
import { bunzip2 } from "../../../src/modules/file_ops/_archive/bzip2.ts";
import { DEFAULT_LIMITS, type Limits } from "../../../src/modules/file_ops/_archive/limits.ts";
import { bench as benchOf, declare } from "../../support/declare.ts";
import { needs } from "../../support/needs.ts";
import { temporaryDirectory, type TemporaryDirectory } from "./_temporary.ts";

type Entry = Partial<Header> & Pick<Header, "name"> & { readonly text?: string };
const bench = benchOf();
const file = (name: string, text = ""): Entry => ({ name, type: "file", text });
const link = (name: string, linkname: string): Entry => ({ name, type: "symlink", linkname });
const hardlink = (name: string, linkname: string): Entry => ({ name, type: "link", linkname });
const hasTar = Bun.which("tar") !== null;
const hasBzip2 = Bun.which("bzip2") !== null;

/** Unpacks into `dest` of a directory; answers the error's text, or undefined. */
async function refusal(
  directory: TemporaryDirectory,
  archive: Uint8Array,
  more: ValueObject = {},
): Promise<string | undefined> {
  const [src, dest] = [directory.file("some.tar"), directory.file("dest")];
  writeFileSync(src, archive);
  mkdirSync(dest, { recursive: true });
  try {
    await declare(unarchive, { src, dest, ...more }, bench);
  } catch (error) {
    if (!(error instanceof SlothError)) throw error;
    return `${error.code} ${error.message}`;
  }
  expect(await declare(unarchive, { src, dest, ...more }, bench)).toMatchObject({ action: "none" });
  return undefined;
}

describe("a link leads out by no way", () => {
  const cases: Readonly<Record<string, readonly Entry[]>> = {
    "by way of another link": [
      { name: "d/e", type: "directory" },
      link("d/e/l", "../.."),
      link("m", "d/e/l/../../crown"),
    ],
    "by way of a link that comes later": [link("m", "l/.."), link("l", ".")],
    "through a chain of them": [link("a/b/1", "../.."), link("a/b/2", "1/a/b/1"), link("x", "a/b/2/../y")],
    "as another name of a link, at another place": [link("d/l", ".."), hardlink("l", "d/l")],
    "as a hard link behind one": [link("d/l", ".."), hardlink("x", "d/l/some.tar")],
  };
  for (const [name, entries] of Object.entries(cases)) {
    test(name, async () => {
      using directory = temporaryDirectory();
      expect(await refusal(directory, await packed([file("good"), ...entries]))).toStartWith(
        "E_ARCHIVE_UNSAFE some.tar is not unpacked",
      );
      expect(readdirSync(directory.file("dest"))).toEqual([]);
    });
  }

  test("but stays where it only goes round inside", async () => {
    using directory = temporaryDirectory();
    const entries = [
      file("d/e/f", "f"),
      link("d/e/l", ".."),
      link("m", "d/e/l/e/f"),
      link("o", "o"),
      link("dangling", "d/none/x"),
    ];
    expect(await refusal(directory, await packed(entries))).toBeUndefined();
    expect(directory.contents("dest/m")).toBe("f");
  });

  test("nor by way of a link that was there before", async () => {
    using directory = temporaryDirectory();
    mkdirSync(directory.file("dest"));
    symlinkSync("/", directory.file("dest/l"));
    expect(await refusal(directory, await packed([link("m", "l/etc")]))).toContain("leads out of");
    expect(existsSync(directory.file("dest/m"))).toBe(false);
  });

  test("property: whatever links an archive has, what they lead to lies inside", async () => {
    const name = fc
      .array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 3 })
      .map((parts) => parts.join("/"));
    const target = fc
      .array(fc.constantFrom("a", "b", "c", "..", "..", "."), { minLength: 1, maxLength: 5 })
      .map((parts) => parts.join("/"));
    const entry = fc.oneof(
      fc.tuple(name, target).map(([from, to]) => link(from, to)),
      fc.tuple(name, name).map(([from, to]) => hardlink(from, to)),
      name.map((from) => file(from)),
      name.map((from): Entry => ({ name: from, type: "directory" })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 8 }), async (entries) => {
        using directory = temporaryDirectory();
        await refusal(directory, await packed(entries)).catch(() => undefined);
        const inside = realpathSync(directory.file("dest"));
        for (const path of linksBelow(inside))
          if (existsSync(path)) expect(`${realpathSync(path)}/`).toStartWith(`${inside}/`);
      }),
      { numRuns: 150 },
    );
  });
});

describe("what contradicts itself is refused before anything is written", () => {
  const cases: Readonly<Record<string, readonly [readonly Entry[], string]>> = {
    "a file with something in it": [[link("z", "x"), file("z"), file("z/g")], "behind a file"],
    "a directory that becomes a file": [[file("z/g"), file("z")], "is a directory and something else"],
    "a name that no file system takes": [[file("n".repeat(300))], "a name that no system takes"],
    "a path that no system takes": [[file("n/".repeat(2500))], "no system takes"],
    "directories without end": [[file(`${"d/".repeat(300)}x`)], "directories deep"],
  };
  for (const [name, [entries, message]] of Object.entries(cases)) {
    test(name, async () => {
      using directory = temporaryDirectory();
      expect(await refusal(directory, await packed([file("good"), ...entries]))).toContain(message);
      expect(readdirSync(directory.file("dest"))).toEqual([]);
    });
  }
});

describe("limits", () => {
  const zeros = (size: number) => packed([file("zeros", "\0".repeat(size))]);
  const limited: [string, Promise<Uint8Array>, ValueObject, string][] = [
    ["members", packed([file("a"), file("b"), file("c")]), { max_entries: 2 }, "more than 2 members"],
    ["bytes", zeros(100_000), { max_bytes: 50_000 }, "more than 50000 bytes"],
    [
      "ratio",
      zeros(70 << 20).then((tar) => zstdCompressSync(tar)),
      { max_ratio: 100 },
      "more than 100 times its own size",
    ],
  ];
  test.each(limited)("of %s is told by name, and can be raised", async (_, archive, limit, message) => {
    using directory = temporaryDirectory();
    expect(await refusal(directory, await archive, limit)).toBe(
      `E_TOO_LARGE some.tar is not unpacked: it has ${message}`,
    );
    expect(readdirSync(directory.file("dest"))).toEqual([]);
    const [[field, value] = ["", 0]] = Object.entries(limit);
    expect(await refusal(directory, await archive, { [field]: Number(value) * 1_000 })).toBeUndefined();
  });

  needs(hasBzip2, "bzip2")("a few hundred bytes of bzip2 take no more memory than any", async () => {
    const bomb = Bun.spawnSync(["sh", "-c", "head -c 100000000 /dev/zero | bzip2"]).stdout;
    expect(bomb.length).toBeLessThan(1000);
    let [most, unpacked] = [0, 0];
    for await (const piece of bunzip2(pieces(bomb))) {
      most = Math.max(most, piece.length);
      unpacked += piece.length;
    }
    expect([most, unpacked]).toEqual([1 << 16, 100_000_000]);
  });

  test("a link of a zip archive is no longer than a link can be", async () => {
    using directory = temporaryDirectory();
    writeFileSync(directory.file("long"), "");
    const script = `import zipfile
z = zipfile.ZipFile("${directory.file("bomb.zip")}", "w", zipfile.ZIP_DEFLATED)
i = zipfile.ZipInfo("l"); i.create_system = 3; i.external_attr = 0o120777 << 16
z.writestr(i, b"a" * 100_000_000, zipfile.ZIP_DEFLATED); z.close()`;
    if (Bun.which("python3") === null || Bun.spawnSync(["python3", "-c", script]).exitCode !== 0) return;
    expect(await refusal(directory, readFileSync(directory.file("bomb.zip")))).toContain(
      "a link of more than 4096 bytes",
    );
  });
});

needs(hasBzip2, "bzip2")("property: bzip2 comes back as it was, in one stream or several, at every level", async () => {
  const run = fc.tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 1, max: 1000 }));
  await fc.assert(
    fc.asyncProperty(fc.array(run, { maxLength: 60 }), fc.integer({ min: 1, max: 9 }), async (runs, level) => {
      const bytes = Buffer.concat(runs.map(([byte, length]) => Buffer.alloc(length, byte)));
      const packedBytes = Bun.spawnSync(["bzip2", `-${level}`], { stdin: bytes }).stdout;
      const twice = Buffer.concat([packedBytes, packedBytes]);
      expect(Buffer.concat(await Array.fromAsync(bunzip2(pieces(twice)))).equals(Buffer.concat([bytes, bytes]))).toBe(
        true,
      );
    }),
    { numRuns: 40 },
  );
});

test("property: a damaged archive is told as one, whatever is wrong with it", async () => {
  const plain = await packed([
    file("one", "1".repeat(3000)),
    link("two", "one"),
    file(`${"long/".repeat(40)}x`, "x"),
    hardlink("h", "one"),
  ]);
  const kinds: Uint8Array[] = [plain, gzipSync(plain), zstdCompressSync(plain)];
  if (hasBzip2) kinds.push(Bun.spawnSync(["bzip2"], { stdin: plain }).stdout);
  const change = fc.record({ at: fc.nat(), to: fc.integer({ min: 0, max: 255 }) });
  await fc.assert(
    fc.asyncProperty(
      fc.nat(kinds.length - 1),
      fc.array(change, { maxLength: 4 }),
      fc.nat(),
      async (kind, changes, length) => {
        const bytes = Buffer.from(kinds[kind] ?? plain);
        for (const { at, to } of changes) bytes[at % bytes.length] = to;
        const members = readAll(bytes.subarray(0, changes.length === 0 ? length % bytes.length : bytes.length));
        await members.catch((error: unknown) => {
          expect(error).toBeInstanceOf(SlothError);
          expect(error).toMatchObject({
            code: "E_ARCHIVE",
            message: expect.stringMatching(/^a\.tar cannot be unpacked: /),
          });
        });
      },
    ),
    { numRuns: 400 },
  );
});

describe("as GNU tar has written it", () => {
  const formats = [
    ["--format=gnu"],
    ...["0.0", "0.1", "1.0"].map((version) => ["--format=pax", `--sparse-version=${version}`]),
  ];
  needs(hasTar, "tar")("sparse files", async () => {
    for (const format of formats) {
      using directory = temporaryDirectory();
      const make = `truncate -s 3M holes; for i in 1 2 3 4 5 6 7 8 9; do printf "part $i" | dd of=holes seek=$((i * 300000)) bs=1 conv=notrunc status=none; done
truncate -s 1M empty; echo after >after; tar -S ${format.join(" ")} -cf some.tar holes empty after`;
      expect(Bun.spawnSync(["sh", "-c", make], { cwd: directory.path }).exitCode).toBe(0);
      expect([format, await refusal(directory, readFileSync(directory.file("some.tar")))]).toEqual([format, undefined]);
      for (const name of ["holes", "empty", "after"])
        expect(readFileSync(directory.file(`dest/${name}`)).equals(readFileSync(directory.file(name)))).toBe(true);
    }
  });

  needs(hasTar, "tar")("a member that comes again after a hard link to its earlier version", async () => {
    using directory = temporaryDirectory();
    const make = `echo one >a; ln a b; ln a c; tar -cf some.tar a b c; rm a; echo two >a; tar -rf some.tar a; mkdir theirs; tar -xf some.tar -C theirs`;
    Bun.spawnSync(["sh", "-c", make], { cwd: directory.path });
    expect(await refusal(directory, readFileSync(directory.file("some.tar")))).toBeUndefined();
    for (const name of ["a", "b", "c"])
      expect(directory.contents(`dest/${name}`)).toBe(directory.contents(`theirs/${name}`));
    expect(lstatSync(directory.file("dest/b")).ino).toBe(lstatSync(directory.file("dest/c")).ino);
  });

  needs(hasTar, "tar")("names that are not UTF-8, in each format", async () => {
    for (const format of ["gnu", "pax", "ustar"]) {
      using directory = temporaryDirectory();
      const long = "l".repeat(90);
      const make = `mkdir in; for n in "$(printf 'caf\\351')" "$(printf '${long}/${long}\\351')"; do mkdir -p "in/$(dirname "$n")"; echo x >"in/$n"; done; ln -s "$(printf 't\\351')" in/link
tar --format=${format} -cf some.tar -C in .`;
      Bun.spawnSync(["sh", "-c", make], { cwd: directory.path });
      expect(await refusal(directory, readFileSync(directory.file("some.tar")))).toBeUndefined();
      const listed = (name: string) =>
        Bun.spawnSync(["sh", "-c", `cd ${name}; find . | LC_ALL=C sort`], { cwd: directory.path }).stdout.toString(
          "hex",
        );
      expect(listed("dest")).toBe(listed("in"));
      expect(readlinkSync(directory.file("dest/link"), "buffer").toString("hex")).toBe("74e9");
    }
  });
});

function linksBelow(directory: string): readonly string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isSymbolicLink()) return [path];
    return entry.isDirectory() ? linksBelow(path) : [];
  });
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
}

async function readAll(bytes: Uint8Array, limits: Limits = DEFAULT_LIMITS): Promise<void> {
  const options = { name: "a.tar", limits, signal: new AbortController().signal };
  for await (const { contents } of readArchive(pieces(bytes), options)) for await (const _ of contents);
}

async function packed(entries: readonly Entry[]): Promise<Buffer> {
  const tar = pack();
  for (const { text = "", ...header } of entries) tar.entry({ size: text.length, ...header }, text);
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) if (chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
