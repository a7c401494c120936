import { describe, expect } from "bun:test";
import * as fs from "node:fs";
import { refuseToReadFurther } from "../../src/system/files/rights.ts";
import { openHost } from "../../src/system/host.ts";
import { contentsOf } from "../../src/run/values.ts";
import { writeNewFile } from "../../src/system/new-file.ts";
import type { ReadSystem } from "../../src/system/system.ts";
import { siteIn } from "../support/site.ts";
import { temporaryDirectory } from "../support/temp.ts";
import { asRoot } from "../support/needs-root.ts";
import { LU, SECRET, Yard, attempt } from "./_yard.ts";

const machine = openHost({ mode: "apply" }).writer({ signal: new AbortController().signal });
const planned = openHost({ mode: "plan" }).writer({ signal: new AbortController().signal });

const refused = expect.objectContaining({ code: "E_ACCESS" });

/** Each look that follows links, at a path that ought to hold a file or a directory. */
const LOOKS: readonly (readonly [string, "file" | "directory", (path: string, machine: ReadSystem) => unknown])[] = [
  ["stat", "file", (path, system) => system.stat(path)],
  ["readFile", "file", (path, system) => system.readFile(path)],
  ["stream", "file", (path, system) => Array.fromAsync(system.stream(path))],
  ["digest", "file", async (path, system) => await system.digest(path)],
  ["stat", "directory", (path, system) => system.stat(path)],
  ["list", "directory", (path, system) => system.list(path)],
];

describe("nobody shows us by a link of his what he may not read", () => {
  for (const [name, kind, look] of LOOKS) {
    for (const [where, by] of [
      ["at the end", "data"],
      ["on the way", "way/in"],
      ["of root's own, in his directory", "roots"],
    ] as const) {
      asRoot(`${name} of a ${kind} by a link ${where}`, async () => {
        const yard = new Yard();
        fs.mkdirSync(`${yard.crown}/in`);
        const crown = kind === "file" ? "crown/shadow" : "crown/dir";
        yard.link("home/data", `${yard.root}/${crown}`, LU);
        yard.link("home/roots", `${yard.root}/${crown}`, 0);
        yard.link("home/way", yard.crown, LU);
        const path = by === "way/in" ? `way/${kind === "file" ? "shadow" : "dir"}` : by;
        for (const system of [machine, planned])
          expect((async () => await look(`${yard.home}/${path}`, system))()).rejects.toThrow(refused);
      });
    }
  }

  asRoot("what was judged is judged anew when a directory changed hands", () => {
    const yard = new Yard();
    const d = yard.directory("d", 0, 0o755);
    yard.file("d/f", "root's", 0, 0o644);
    expect(machine.stat(`${d}/f`)).toMatchObject({ uid: 0 });
    machine.chown(d, String(LU), undefined);
    fs.unlinkSync(`${d}/f`);
    yard.link("d/f", `${yard.crown}/shadow`, LU);
    expect(() => machine.readFile(`${d}/f`)).toThrow(refused);
  });
});

describe("links are followed to what is theirs whose they are, and root's everywhere", () => {
  asRoot("by each look", async () => {
    const yard = new Yard();
    yard.file("home/real", "lu's", LU, 0o600);
    yard.directory("home/dir", LU, 0o700);
    yard.file("home/dir/f", "lu's", LU, 0o600);
    yard.directory("roots", 0, 0o755);
    yard.link("home/file", "real", LU);
    yard.link("home/directory", `${yard.home}/dir`, LU);
    yard.link("roots/file", `${yard.crown}/shadow`, 0);
    yard.link("roots/directory", "../crown/dir", 0);
    for (const top of [yard.home, `${yard.root}/roots`])
      for (const [, kind, look] of LOOKS) expect(await look(`${top}/${kind}`, machine)).toBeTruthy();
    expect(machine.list(`${yard.home}/directory`)).toEqual(["f"]);
    yard.link("home/nowhere", "gone", LU);
    yard.link("home/round", "round", LU);
    expect([machine.stat(`${yard.home}/nowhere`), machine.stat(`${yard.home}/round`)]).toEqual([null, null]);
    expect(() => machine.readFile(`${yard.home}/nowhere`)).toThrow("there is no such file");
    expect(() => machine.readFile(`${yard.home}/round`)).toThrow("lead in a circle");
    expect(() => machine.readFile(`${yard.home}/none/f`)).toThrow("there is no such file");
  });

  asRoot("and what the kernel makes up is looked at as it says", () => {
    expect(machine.stat("/proc/self/fd/0")).not.toBeNull();
    expect(Buffer.from(machine.readFile("/proc/mounts")).toString()).toContain("/proc");
  });
});

asRoot("the tree of a user is not copied with what his links lead to", async () => {
  const yard = new Yard();
  yard.directory("home/pub", LU, 0o755);
  yard.file("home/pub/a", "lu's", LU, 0o644);
  const out = yard.directory("out", 0, 0o755);
  yard.link("home/pub/z", `${yard.crown}/shadow`, LU);
  for (const src of [`${yard.home}/pub/`, `${yard.home}/pub/z`])
    expect(await attempt("copy", { src, dest: `${out}/x` })).toBe("E_ACCESS");
  fs.unlinkSync(`${yard.home}/pub/z`);
  yard.link("home/pub/z", "a", LU);
  expect(await attempt("copy", { src: `${yard.home}/pub/`, dest: `${out}/y` })).toBe("create");
  expect([yard.text("out/y/z"), yard.touched()]).toEqual(["lu's", []]);
});

asRoot("a place is exposed where others may put something else, also where nothing is yet", () => {
  const yard = new Yard();
  const exposed = (path: string): boolean => {
    using found = machine.look(`${yard.root}/${path}`);
    return found.isExposed();
  };
  yard.file("home/f", "", 0, 0o600);
  yard.directory("open", 0, 0o1777);
  for (const path of ["home/f", "home/none", "open/none"]) expect([path, exposed(path)]).toEqual([path, true]);
  for (const path of ["crown/shadow", "crown/none"]) expect([path, exposed(path)]).toEqual([path, false]);
});

asRoot("a command is not run in a directory that a user's link leads to", async () => {
  const yard = new Yard();
  yard.directory("home/dir", LU, 0o755);
  yard.link("home/data", `${yard.crown}/dir`, LU);
  yard.link("home/his", "dir", LU);
  const run = async (cwd: string): Promise<string> =>
    Buffer.from((await machine.run(["pwd"], { cwd })).stdout)
      .toString()
      .trim();
  expect(run(`${yard.home}/data`)).rejects.toThrow(refused);
  expect(run(`${yard.home}/data/..`)).rejects.toThrow(refused);
  expect(await run(`${yard.home}/his`)).toBe(`${yard.home}/dir`);
  expect(await run("/proc/self/cwd")).toBe(process.cwd());
});

asRoot("what is named on the command line is no exception, nor what is made in a directory of his", async () => {
  const yard = new Yard();
  yard.link("home/values", `${yard.crown}/shadow`, LU);
  const refused = expect.objectContaining({ message: expect.stringContaining("home/values is a link of uid") });
  expect(contentsOf(`${yard.home}/values`, "--values")).rejects.toThrow(refused);
  yard.link("home/types", yard.crown, LU);
  expect(writeNewFile(`${yard.home}/types/deep/x.lua`, "x")).rejects.toThrow(
    expect.objectContaining({ code: "E_ACCESS" }),
  );
  yard.link("home/x.lua", `${yard.crown}/shadow`, LU);
  expect(await writeNewFile(`${yard.home}/x.lua`, "x")).toBe(false);
  expect(await writeNewFile(`${yard.home}/x.lua`, "x", { replaces: true })).toBe(true);
  expect([yard.text("home/x.lua"), yard.touched()]).toEqual(["x", []]);
});

asRoot("a run that is refused says at which line", async () => {
  const here = siteIn(temporaryDirectory());
  fs.mkdirSync(here.at("home"));
  fs.mkdirSync(here.at("crown"), { mode: 0o700 });
  fs.symlinkSync(here.at("crown"), here.at("home/data"));
  for (const name of ["home", "home/data"]) fs.lchownSync(here.at(name), LU, LU);
  for (const verb of ["copy", "template", "unarchive"]) {
    const run = await here.run(`file_ops.${verb}{ src = "HERE/home/data", dest = "HERE/out" }`);
    expect(run).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/\.lua:\d+: file_ops.*home\/data is a link of uid/),
    });
  }
});

asRoot("a further name of what he may not read is no source where the kernel lets him make one", () => {
  const yard = new Yard();
  fs.linkSync(yard.file("rootsecret", SECRET, 0, 0o600), `${yard.home}/second`);
  const found = fs.statSync(`${yard.home}/second`);
  for (const value of ["0", "1"]) fs.writeFileSync(`${yard.root}/set${value}`, `${value}\n`);
  const read = (setting: string) => (): void => refuseToReadFurther(`${yard.home}/second`, found, setting);
  expect(read(`${yard.root}/set0`)).toThrow(expect.objectContaining({ code: "E_ACCESS" }));
  expect(read(`${yard.root}/none`)).toThrow(expect.objectContaining({ code: "E_ACCESS" }));
  expect(read(`${yard.root}/set1`)).not.toThrow();
  expect(() => refuseToReadFurther(`${yard.root}/rootsecret`, found, `${yard.root}/set0`)).not.toThrow();
});
