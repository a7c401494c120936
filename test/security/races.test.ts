import { describe, expect } from "bun:test";
import * as fs from "node:fs";
import { keysOf, writeKeys } from "../../src/modules/user/_authorized-keys.ts";
import type { ValueObject } from "../../src/base/value.ts";
import { SlothError } from "../../src/base/errors.ts";
import { treeLines } from "../support/tree-digest.ts";
import { leaked, race, racing, type Attack } from "./_race.ts";
import { machineOfLu } from "./_lu.ts";
import { BOB, LU, SECRET, Yard, attempt } from "./_yard.ts";

/** Two names in LU's home that he exchanges: `x`, which is his, and `y`, which leads into the crown. */
function exchanged(kind: "file" | "directory", pauseUs = 600): { yard: Yard; x: string; attacks: readonly Attack[] } {
  const yard = new Yard();
  const x = kind === "file" ? yard.file("home/x", "lu\n", LU, 0o644) : yard.directory("home/x", LU, 0o755);
  const y = yard.link("home/y", `${yard.crown}/${kind === "file" ? "shadow" : "dir"}`, LU);
  return { yard, x, attacks: [["exchange", x, y, String(pauseUs)]] };
}

/** The verbs that follow a link at their path: each call of `n` changes something. */
const THROUGH: readonly (readonly [string, "file" | "directory", (path: string, n: number) => ValueObject])[] = [
  ["attributes", "file", (path, n) => ({ path, mode: n % 2 === 0 ? "0600" : "0644" })],
  ["attributes", "file", (path, n) => ({ path, owner: n % 2 === 0 ? LU : BOB })],
  ["attributes", "directory", (path, n) => ({ path, mode: n % 2 === 0 ? "0700" : "0755", recurse: true })],
  ["directory", "directory", (path, n) => ({ path, mode: n % 2 === 0 ? "0700" : "0777" })],
  ["directory", "directory", (path, n) => ({ path, owner: n % 2 === 0 ? LU : 0, mode: "0777" })],
  ["touch", "file", (path, n) => ({ path, mtime: n, owner: LU })],
  ["lineinfile", "file", (path, n) => ({ path, regexp: "^n=", line: `n=${n}` })],
  ["blockinfile", "file", (path, n) => ({ path, block: `n=${n}`, owner: LU })],
  ["replace", "file", (path, n) => ({ path, regexp: "lu.*$", replacement: `lu${n % 2}`, mode: "0644" })],
  ["copy", "file", (dest, n) => ({ dest, content: `n=${n}`, follow: true })],
  ["copy", "file", (dest, n) => ({ dest, content: `n=${n}`, owner: LU, backup: n % 50 === 0 })],
  ["copy", "directory", (path, n) => ({ dest: `${path}/evil`, content: `n=${n}` })],
  ["copy", "directory", (path, n) => ({ dest: `${path}/f`, content: `n=${n}`, owner: LU })],
  ["symlink", "directory", (path, n) => ({ dest: `${path}/evil`, src: String(n), force: true })],
  [
    "symlink",
    "directory",
    (path, n) => ({ dest: `${path}/evil`, src: String(n), force: true, owner: LU, follow: false }),
  ],
  [
    "directory",
    "directory",
    (path, n) => ({ path: `${path}/d${n % 8}`, mode: n % 2 === 0 ? "0700" : "0777", owner: LU }),
  ],
  ["hardlink", "file", (path, n) => ({ src: path, dest: `${path}-${n % 4}`, force: true })],
  ["remove", "directory", (path, n) => ({ path: n % 2 === 0 ? `${path}/f` : `${path}/evil` })],
];

describe("a user exchanges what is at the path for a link to what is root's", () => {
  for (const [name, kind, args] of THROUGH) {
    racing(`${name} ${JSON.stringify(args("P", 1))}`, async () => {
      const { yard, x, attacks } = exchanged(kind);
      const reached = { refused: 0, done: 0 };
      const isShown = (): boolean => reached.done > 0 && (reached.refused > 0 || name === "remove");
      const turn = async (n: number): Promise<void> => {
        const outcome = await attempt(name, args(x, n));
        reached[outcome.startsWith("E_") ? "refused" : "done"]++;
        if (kind === "directory" && n % 16 === 0) refill(x);
      };
      await race(attacks, turn, isShown);
      expect([yard.touched(), leaked(yard)]).toEqual([[], []]);
      // It was neither refused every time nor never: names were exchanged under it.
      expect(reached.done).toBeGreaterThan(0);
      if (name !== "remove") expect(reached.refused).toBeGreaterThan(0);
    });
  }
});

/** Something to remove, when the directory is there and not its counterpart. */
function refill(path: string): void {
  const fd = openOwn(path);
  if (fd === undefined) return;
  for (const name of ["f", "evil"]) fs.closeSync(fs.openSync(`/proc/self/fd/${fd}/${name}`, "w"));
  fs.closeSync(fd);
}

/** A directory that is no link; undefined: it is one, or gone. */
function openOwn(path: string): number | undefined {
  try {
    return fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_DIRECTORY);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return undefined;
  }
}

describe("a user watches for the names that we make, and exchanges them for a link to what is root's", () => {
  const WATCHED: readonly (readonly [string, (home: string, n: number) => ValueObject])[] = [
    ["directory", (home, n) => ({ path: `${home}/new${n}`, mode: "0777" })],
    ["directory", (home, n) => ({ path: `${home}/new${n}`, mode: "0755", owner: LU })],
    ["directory", (home, n) => ({ path: `${home}/new${n}`, mode: "0750", owner: 0 })],
    ["touch", (home, n) => ({ path: `${home}/new${n}`, mtime: 5, owner: LU })],
    ["copy", (home, n) => ({ dest: `${home}/new${n}`, content: "x", mode: "0666", owner: LU })],
    ["symlink", (home, n) => ({ dest: `${home}/new${n}`, src: "x", force: true, owner: LU, follow: false })],
  ];
  for (const [name, args] of WATCHED) {
    for (const part of ["new", ".sloth-"]) {
      racing(`${name} ${JSON.stringify(args("H", 1))}, names with ${part}`, async () => {
        const yard = new Yard();
        fs.chmodSync(yard.home, 0o2755);
        // A file and a directory of root's, and a link: he may exchange them all for what we make in his home.
        yard.file("home/rootsecret", SECRET, 0, 0o600);
        const trap = yard.link("home/trap", `${yard.crown}/shadow`, LU);
        const attacks: readonly Attack[] = [
          ["watch", yard.home, part, trap],
          ["watch", yard.home, part, `${yard.home}/rootsecret`],
        ];
        await race(attacks, async (n) => {
          await attempt(name, args(yard.home, n));
          if (n % 200 === 199) tidy(yard);
        });
        expect([yard.touched(), leaked(yard)]).toEqual([[], []]);
      });
    }
  }

  for (const part of [".sloth-", "~"]) {
    racing(`a backup of a file with two names, names with ${part}`, async () => {
      const yard = new Yard();
      const dest = yard.file("home/app.conf", "lu\n", LU, 0o4777);
      fs.linkSync(dest, `${yard.home}/second`);
      const trap = yard.link("home/trap", `${yard.crown}/shadow`, LU);
      const attacks: readonly Attack[] = [
        ["watch", yard.home, part, trap],
        ["exchange", dest, trap, "300"],
      ];
      await race(attacks, async (n) => {
        await attempt("copy", { dest, content: `n=${n}`, backup: true });
        fs.rmSync(`${yard.home}/second`, { force: true });
        if (fs.lstatSync(dest, { throwIfNoEntry: false })?.isFile() === true) link(dest, `${yard.home}/second`);
        if (n % 100 === 99) tidy(yard);
      });
      expect([yard.touched(), leaked(yard)]).toEqual([[], []]);
    });
  }
});

/** Which may be the link by now, or nothing. */
function link(existing: string, path: string): void {
  try {
    fs.linkSync(existing, path);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
  }
}

/** Only what we made in LU's home, so that it does not fill. */
function tidy(yard: Yard): void {
  for (const name of fs.readdirSync(yard.home))
    if (/^new|~$|\.sloth-/.test(name)) fs.rmSync(`${yard.home}/${name}`, { recursive: true, force: true });
}

describe("a user exchanges parts of a tree", () => {
  racing("that is taken over with a mode", async () => {
    const yard = new Yard();
    yard.directory("home/w", LU, 0o777);
    yard.directory("home/w/sub", LU, 0o777);
    for (let i = 0; i < 20; i++) yard.file(`home/w/sub/f${i}`, "x", LU, 0o644);
    yard.link("home/w/link", `${yard.crown}/dir`, LU);
    const attacks: readonly Attack[] = [["exchange", `${yard.home}/w/sub`, `${yard.home}/w/link`, "300"]];
    await race(attacks, async (n) => {
      const mode = n % 2 === 0 ? "0777" : "0776";
      await attempt("directory", { path: `${yard.home}/w`, owner: n % 4 < 2 ? 0 : LU, mode, recurse: true });
      fs.chownSync(`${yard.home}/w`, LU, LU);
      fs.chmodSync(`${yard.home}/w`, 0o777);
    });
    expect([yard.touched(), leaked(yard)]).toEqual([[], []]);
  });

  racing("that is copied, with modes and owner, and that is removed", async () => {
    const yard = new Yard();
    yard.directory("tree", 0, 0o755);
    yard.directory("tree/sub", 0, 0o755);
    for (let i = 0; i < 5; i++) yard.file(`tree/sub/f${i}`, "x", 0, 0o644);
    yard.directory("home/site", LU, 0o755);
    yard.directory("home/site/sub", LU, 0o755);
    yard.link("home/site/link", `${yard.crown}/dir`, LU);
    const attacks: readonly Attack[] = [["exchange", `${yard.home}/site/sub`, `${yard.home}/site/link`, "300"]];
    await race(attacks, async (n) => {
      const [mode, directory_mode] = n % 2 === 0 ? ["0600", "0700"] : ["0644", "0777"];
      const args = { src: `${yard.root}/tree/`, dest: `${yard.home}/site`, owner: LU, mode, directory_mode };
      await attempt("copy", args);
      await attempt("remove", { path: `${yard.home}/site/sub/f${n % 5}` });
    });
    expect([yard.touched(), leaked(yard)]).toEqual([[], []]);
  });

  racing("below a link that root made in his directory", async () => {
    const yard = new Yard();
    yard.directory("home/lg", LU, 0o755);
    yard.directory("home/real", LU, 0o755);
    yard.link("home/lg/cur", `${yard.home}/real`, 0);
    yard.link("home/lg/his", `${yard.crown}/dir`, LU);
    const attacks: readonly Attack[] = [["exchange", `${yard.home}/lg/cur`, `${yard.home}/lg/his`, "20"]];
    await race(attacks, (n) => attempt("copy", { dest: `${yard.home}/lg/cur/f${n % 50}`, content: `n=${n}` }));
    expect([yard.touched(), leaked(yard)]).toEqual([[], []]);
  });
});

racing("a file of root's in a user's directory is exchanged for his own while lines are put into it", async () => {
  const yard = new Yard();
  const path = yard.file("home/conf", "lu\n", LU, 0o644);
  const secret = yard.file("home/rootsecret", SECRET, 0, 0o600);
  await race([["exchange", path, secret, "100"]], (n) =>
    attempt("lineinfile", { path, regexp: "^n=", line: `n=${n}`, backup: n % 50 === 0 }),
  );
  expect([yard.touched(), leaked(yard)]).toEqual([[], []]);
});

/** What of root's the link leads to; nobody exchanges what was made of it. */
const digest = Bun.SHA256.hash(SECRET, "hex");

describe("a user exchanges what is copied for a link to what only root may read", () => {
  for (const kind of ["file", "directory"] as const) {
    racing(`a ${kind}`, async () => {
      const { yard, x, attacks } = exchanged(kind, 100);
      if (kind === "directory") yard.file("home/x/f", "lu's", LU, 0o644);
      const out = yard.directory("out", 0, 0o755);
      const reached = { refused: 0, done: 0 };
      const turn = async (n: number): Promise<void> => {
        const src = kind === "file" ? x : `${x}/${n % 2 === 0 ? "" : "f"}`;
        const outcome = await attempt("copy", { src, dest: `${out}/${n % 20}`, mode: "0644" });
        reached[outcome.startsWith("E_") ? "refused" : "done"]++;
        expect(treeLines(out).filter((line) => line.includes(digest))).toEqual([]);
        if (n % 20 === 19) for (const name of fs.readdirSync(out)) fs.rmSync(`${out}/${name}`, { recursive: true });
      };
      await race(attacks, turn, () => reached.done > 0 && reached.refused > 0);
      expect(yard.touched()).toEqual([]);
      expect([reached.done > 0, reached.refused > 0]).toEqual([true, true]);
    });
  }
});

racing("an archive is unpacked where a user exchanges directories", async () => {
  const yard = new Yard();
  yard.directory("tree", 0, 0o755);
  yard.directory("tree/sub", 0, 0o777);
  for (let i = 0; i < 3; i++) yard.file(`tree/sub/f${i}`, "x", 0, 0o666);
  const archive = `${yard.root}/a.tar`;
  Bun.spawnSync(["tar", "-C", `${yard.root}/tree`, "-cf", archive, "."]);
  yard.directory("home/d", LU, 0o755);
  yard.directory("home/d/sub", LU, 0o755);
  yard.link("home/d/link", `${yard.crown}/dir`, LU);
  const attacks: readonly Attack[] = [["exchange", `${yard.home}/d/sub`, `${yard.home}/d/link`, "300"]];
  await race(attacks, async () => {
    await attempt("unarchive", { src: archive, dest: `${yard.home}/d` });
    for (const name of ["sub", "link"]) empty(`${yard.home}/d/${name}`);
  });
  expect([yard.touched(), leaked(yard)]).toEqual([[], []]);
});

/** Of the directory itself, not of what a link in its place leads to. */
function empty(path: string): void {
  const fd = openOwn(path);
  if (fd === undefined) return;
  for (const name of fs.readdirSync(`/proc/self/fd/${fd}`)) fs.rmSync(`/proc/self/fd/${fd}/${name}`, { force: true });
  fs.closeSync(fd);
}

racing("keys are added while a user exchanges the file for a link to what only root may read", async () => {
  const yard = new Yard();
  yard.directory("home/.ssh", LU, 0o700);
  const path = yard.file("home/.ssh/authorized_keys", "K1\n", LU, 0o600);
  const trap = yard.link("home/.ssh/trap", `${yard.crown}/shadow`, LU);
  const secret = yard.file("home/.ssh/rootsecret", SECRET, 0, 0o600);
  const attacks: readonly Attack[] = [
    ["exchange", path, trap, "2000"],
    ["exchange", path, secret, "3000"],
  ];
  const machine = machineOfLu();
  const who = { name: "lu", uid: LU, home: yard.home };
  await race(attacks, async (n) => {
    try {
      const options = { appended: n % 2 === 0 };
      await writeKeys(who, [...keysOf(who, machine, options), `K${n}`].slice(-5), machine, options);
    } catch (error) {
      if (!(error instanceof SlothError)) throw error;
    }
  });
  expect([yard.touched(), leaked(yard)]).toEqual([[], []]);
});
