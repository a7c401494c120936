import { describe, expect, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { Secret, type ValueObject } from "../../../src/base/value.ts";
import { copy } from "../../../src/modules/file_ops/copy.ts";
import { bench as benchOf, declare, type Declared } from "../../support/declare.ts";
import { temporaryDirectory, type TemporaryDirectory } from "./_temporary.ts";

const bench = benchOf();
const asRoot = process.geteuid?.() === 0;

function modeOf(path: string): string {
  return (lstatSync(path).mode & 0o7777).toString(8).padStart(4, "0");
}

async function twice(args: ValueObject): Promise<Declared> {
  const first = await declare(copy, args, bench);
  expect(await declare(copy, args, bench)).toMatchObject({ changed: false, action: "none" });
  return first;
}

test("creates a file from contents, then has nothing left to do", async () => {
  using directory = temporaryDirectory();
  const dest = directory.file("new");
  expect(await twice({ content: "hello\n", dest, mode: "0640" })).toMatchObject({
    action: "create",
    names: [dest],
    changes: [
      { property: "type", to: "file" },
      { property: "content", to: "sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03" },
      { property: "mode", to: "0640" },
    ],
  });
  expect(directory.contents("new")).toBe("hello\n");
  expect(modeOf(dest)).toBe("0640");
});

test("a relative src starts at the workflow file", async () => {
  using directory = temporaryDirectory();
  directory.file("src", "x");
  await declare(copy, { src: "src", dest: directory.file("dest") }, benchOf("apply", directory.path));
  expect(directory.contents("dest")).toBe("x");
});

test("what was changed by hand is put back, property by property", async () => {
  using directory = temporaryDirectory();
  const args = { src: directory.file("src", "right"), dest: directory.file("dest", "right"), mode: "0600" };
  await declare(copy, args, bench);
  chmodSync(args.dest, 0o666);
  expect((await declare(copy, args, bench)).changes).toEqual([{ property: "mode", from: "0666", to: "0600" }]);
  writeFileSync(args.dest, "wrong");
  const { action, changes } = await declare(copy, args, bench);
  expect({ action, properties: changes.map(({ property }) => property) }).toEqual({
    action: "update",
    properties: ["content"],
  });
  expect(modeOf(args.dest)).toBe("0600");
});

test("mode and owner that are not stated stay", async () => {
  using directory = temporaryDirectory();
  const dest = directory.file("dest", "old");
  chmodSync(dest, 0o4751);
  if (asRoot) chownSync(dest, 1234, 1235);
  chmodSync(dest, 0o4751);
  await twice({ content: "new", dest });
  expect(modeOf(dest)).toBe("4751");
  if (asRoot) expect(lstatSync(dest)).toMatchObject({ uid: 1234, gid: 1235 });
});

test("a symbolic mode starts from what is there", async () => {
  using directory = temporaryDirectory();
  const dest = directory.file("dest", "x");
  chmodSync(dest, 0o640);
  await twice({ content: "x", dest, mode: "u+x,o=r" });
  expect(modeOf(dest)).toBe("0744");
});

test.if(asRoot)("owner and group by number compare by id", async () => {
  using directory = temporaryDirectory();
  const dest = directory.file("dest");
  expect((await twice({ content: "x", dest, owner: 4321, group: "0" })).changes).toContainEqual({
    property: "owner",
    from: null,
    to: "4321",
  });
  expect((await declare(copy, { content: "x", dest, group: "root" }, bench)).changed).toBe(false);
});

test("an unknown owner is an error before anything is written", async () => {
  using directory = temporaryDirectory();
  const dest = directory.file("dest");
  expect(declare(copy, { content: "x", dest, owner: "no-such-user" }, bench)).rejects.toThrow(
    "there is no user no-such-user",
  );
  expect(existsSync(dest)).toBe(false);
});

test("binary contents and names stay as they are", async () => {
  using directory = temporaryDirectory();
  const content = new Uint8Array([0xff, 0xfe, 0, 0x61, 0x0d, 0x0a]);
  await twice({ content, dest: directory.file("name with\nnewline, 'quote' and %s") });
  expect(directory.contents("name with\nnewline, 'quote' and %s")).toBe("\xff\xfe\0a\r\n");
});

describe("where it goes", () => {
  test("into a directory that is there, or is meant as one", async () => {
    using directory = temporaryDirectory();
    const src = directory.file("src", "x");
    mkdirSync(directory.file("there"));
    expect((await twice({ src, dest: directory.file("there") })).names).toEqual([directory.file("there/src")]);
    expect((await twice({ src, dest: `${directory.path}/new/deep/` })).names).toEqual([directory.file("new/deep/src")]);
    expect(directory.contents("there/src")).toBe("x");
    expect(directory.contents("new/deep/src")).toBe("x");
  });

  test("a missing directory is an error that says what to do", async () => {
    using directory = temporaryDirectory();
    const dest = directory.file("none/dest");
    expect(declare(copy, { content: "x", dest }, bench)).rejects.toThrow(
      `directory ${directory.path}/none does not exist`,
    );
  });

  test("contents cannot go into a directory", async () => {
    using directory = temporaryDirectory();
    expect(declare(copy, { content: "x", dest: directory.path }, bench)).rejects.toThrow("is a directory, not a file");
    expect(declare(copy, { content: "x", dest: `${directory.path}/` }, bench)).rejects.toThrow("must name a file");
  });

  test("directories made on the way take directory_mode", async () => {
    using directory = temporaryDirectory();
    await twice({ src: directory.file("src", "x"), dest: `${directory.path}/a/b/`, directory_mode: "0750" });
    expect([modeOf(directory.file("a")), modeOf(directory.file("a/b"))]).toEqual(["0750", "0750"]);
  });
});

describe("a link at dest", () => {
  function linked(directory: TemporaryDirectory): { dest: string; file: string } {
    const file = directory.file("file", "old");
    const dest = directory.file("link");
    symlinkSync("file", dest);
    return { dest, file };
  }

  test("is replaced", async () => {
    using directory = temporaryDirectory();
    const { dest } = linked(directory);
    expect((await twice({ content: "old", dest })).changed).toBe(true);
    expect(lstatSync(dest).isFile()).toBe(true);
    expect(directory.contents("file")).toBe("old");
  });

  test("is followed when asked", async () => {
    using directory = temporaryDirectory();
    const { dest, file } = linked(directory);
    await twice({ content: "new", dest, follow: true, mode: "0600" });
    expect(readlinkSync(dest)).toBe("file");
    expect([readFileSync(file, "utf8"), modeOf(file)]).toEqual(["new", "0600"]);
  });

  test("that leads nowhere is replaced either way", async () => {
    using directory = temporaryDirectory();
    for (const follow of [false, true]) {
      const dest = directory.file(`dangling-${follow}`);
      symlinkSync("nowhere", dest);
      await twice({ content: "x", dest, follow });
      expect(lstatSync(dest).isFile()).toBe(true);
    }
    expect(existsSync(directory.file("nowhere"))).toBe(false);
  });
});

test("a hard link is parted: the other name keeps its contents", async () => {
  using directory = temporaryDirectory();
  linkSync(directory.file("one", "old"), directory.file("two"));
  await twice({ content: "new", dest: directory.file("one") });
  expect(directory.contents("two")).toBe("old");
});

test("a fifo is refused", async () => {
  using directory = temporaryDirectory();
  const dest = directory.file("fifo");
  Bun.spawnSync(["mkfifo", dest]);
  expect(declare(copy, { content: "x", dest }, bench)).rejects.toThrow("is a fifo, not a file");
});

test("force = false leaves alone what is there", async () => {
  using directory = temporaryDirectory();
  const dest = directory.file("dest", "theirs");
  expect((await twice({ content: "ours", dest, mode: "0600", force: false })).changed).toBe(false);
  expect(directory.contents("dest")).toBe("theirs");
  expect((await twice({ content: "ours", dest: directory.file("new"), force: false })).action).toBe("create");
});

test("backup keeps what was replaced", async () => {
  using directory = temporaryDirectory();
  const dest = directory.file("dest", "old");
  await twice({ content: "new", dest, backup: true });
  const kept = readdirSync(directory.path).filter((name) => /^dest\.\d+\.\d{4}-\d\d-\d\d@\d\d:\d\d:\d\d~$/.test(name));
  expect(kept.map((name) => directory.contents(name))).toEqual(["old"]);
});

describe("validate", () => {
  test("sees the new file with its mode; when it fails the old one stays", async () => {
    using directory = temporaryDirectory();
    const dest = directory.file("dest", "old");
    await twice({
      content: "new",
      dest,
      mode: "0600",
      validate: ["sh", "-c", 'test "$(stat -c %a "$0")" = 600 && grep -q new "$0"', "%s"],
    });
    expect(declare(copy, { content: "bad", dest, validate: "grep -q 'good one' %s" }, bench)).rejects.toThrow(
      "validation",
    );
    expect(readdirSync(directory.path)).toEqual(["dest"]);
    expect(directory.contents("dest")).toBe("new");
  });

  test("without %s is refused", async () => {
    expect(declare(copy, { content: "", dest: "/x", validate: "true" }, bench)).rejects.toThrow("must contain %s");
    expect(declare(copy, { content: "", dest: "/x", validate: "a 'b" }, bench)).rejects.toThrow("quote");
  });
});

test("mode = preserve takes the mode of src", async () => {
  using directory = temporaryDirectory();
  const src = directory.file("src", "x");
  chmodSync(src, 0o711);
  await twice({ src, dest: directory.file("dest"), mode: "preserve" });
  expect(modeOf(directory.file("dest"))).toBe("0711");
});

describe("a secret", () => {
  const content = new Secret(new TextEncoder().encode("hunter2"), "secret.env(P)");

  test("is written, and nowhere else", async () => {
    using directory = temporaryDirectory();
    const dest = directory.file("dest");
    const done = await twice({ content, dest });
    expect(directory.contents("dest")).toBe("hunter2");
    expect(JSON.stringify(done)).not.toContain("hunter2");
    expect(JSON.stringify(done.wants)).toContain("keyed:");
  });
});

describe("a directory", () => {
  function tree(directory: TemporaryDirectory): string {
    mkdirSync(directory.file("src/sub/empty"), { recursive: true });
    directory.file("src/a", "A");
    directory.file("src/sub/b", "B");
    symlinkSync("a", directory.file("src/link-to-a"));
    symlinkSync("nowhere", directory.file("src/dangling"));
    symlinkSync("..", directory.file("src/sub/up"));
    return directory.file("src");
  }

  function listing(directory: TemporaryDirectory, under: string): string[] {
    const entries = readdirSync(directory.file(under), { withFileTypes: true });
    const below = entries.flatMap((entry) => {
      const inside = entry.isDirectory() ? listing(directory, `${under}/${entry.name}`) : [];
      return [entry.name, ...inside.map((name) => `${entry.name}/${name}`)];
    });
    return below.sort();
  }

  const ALL = ["a", "dangling", "link-to-a", "sub", "sub/b", "sub/empty", "sub/up"];

  test("is copied by name, with a trailing slash its contents", async () => {
    using directory = temporaryDirectory();
    const src = tree(directory);
    await twice({ src, dest: directory.file("one") });
    await twice({ src: `${src}/`, dest: directory.file("two") });
    expect(listing(directory, "one/src")).toEqual(ALL);
    expect(listing(directory, "two")).toEqual(ALL);
    expect(lstatSync(directory.file("two/link-to-a")).isFile()).toBe(true);
    expect([readlinkSync(directory.file("two/dangling")), readlinkSync(directory.file("two/sub/up"))]).toEqual([
      "nowhere",
      "..",
    ]);
  });

  test("an empty one is there afterwards", async () => {
    using directory = temporaryDirectory();
    mkdirSync(directory.file("empty"));
    await twice({ src: directory.file("empty"), dest: directory.file("dest") });
    expect(statSync(directory.file("dest/empty")).isDirectory()).toBe(true);
  });

  test("mode is for its files, directory_mode for what is below the top; the top stays as it is", async () => {
    using directory = temporaryDirectory();
    mkdirSync(directory.file("dest"), { mode: 0o711 });
    await twice({ src: `${tree(directory)}/`, dest: directory.file("dest"), mode: "0640", directory_mode: "0750" });
    const modes = ["dest", "dest/a", "dest/sub", "dest/sub/b", "dest/sub/empty"].map((name) =>
      modeOf(directory.file(name)),
    );
    expect(modes).toEqual(["0711", "0640", "0750", "0640", "0750"]);
  });

  test("only what differs is changed, what is there besides stays", async () => {
    using directory = temporaryDirectory();
    const args = { src: `${tree(directory)}/`, dest: directory.file("dest") };
    await declare(copy, args, bench);
    directory.file("dest/extra", "theirs");
    directory.file("dest/sub/b", "changed by hand");
    utimesSync(directory.file("dest/a"), 1, 1);
    const { changes } = await declare(copy, args, bench);
    expect(changes.map(({ property }) => property)).toEqual(["content"]);
    expect([directory.contents("dest/extra"), directory.contents("dest/sub/b")]).toEqual(["theirs", "B"]);
  });
});

describe("refuses", () => {
  const CASES: Readonly<Record<string, readonly [ValueObject, string]>> = {
    "neither src nor content": [{ dest: "/x" }, "either 'src' or 'content'"],
    both: [{ dest: "/x", src: "a", content: "b" }, "either 'src' or 'content'"],
    "a relative dest": [{ dest: "x", content: "" }, "absolute"],
    "a src that is not there": [{ dest: "/x", src: "/no/such" }, "src /no/such does not exist"],
    "a device": [{ dest: "/x", src: "/dev/null" }, "is a character"],
    "a mode as number": [{ dest: "/x", content: "", mode: 644 }, "expected a string such as"],
  };
  for (const [name, [args, message]] of Object.entries(CASES)) {
    test(name, async () => {
      expect(declare(copy, args, bench)).rejects.toThrow(message);
    });
  }
});
