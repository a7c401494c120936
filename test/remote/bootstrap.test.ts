import { expect, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { toError } from "../../src/base/errors.ts";
import { build } from "../../src/base/build.ts";
import type { HostEntry } from "../../src/engine/hosts.ts";
import type { Value } from "../../src/base/value.ts";
import { bringAgent } from "../../src/remote/bootstrap.ts";
import enter from "../../src/remote/enter.sh" with { type: "text" };
import { Builds } from "../../src/remote/builds.ts";
import { KnownDigests } from "../../src/remote/known-digests.ts";
import { openHost } from "../../src/system/host.ts";
import { openPipe } from "../../src/system/processes/pipe.ts";
import { needs } from "../support/needs.ts";
import { messageOf } from "../support/thrown.ts";
import { asRoot } from "../support/needs-root.ts";
import { temporaryDirectory } from "../support/temp.ts";

/** Says what an agent says first, where it lies and who brought it, and where, as whom and under what mask it was started. */
const PROGRAM = `#!/bin/sh
printf '\\nSLOTH-RUNNER-AGENT/1\\n'
echo "$0 $*"
echo "$(pwd) $(id -un) $(umask)"
`;

/** A login shell at the far end, and builds here; what is noted of them stays from run to run. */
function site() {
  const directory = temporaryDirectory();
  const self = join(directory, "program");
  writeFileSync(self, PROGRAM, { mode: 0o755 });
  const home = join(directory, "home");
  mkdirSync(home);
  const kept = new Map<string, Value>();
  const notes = { get: (key: string) => kept.get(key), set: (key: string, value: Value) => void kept.set(key, value) };
  return { self, home, notes, cache: join(home, ".cache/sloth-runner") };
}

function builtIn({ cache }: ReturnType<typeof site>): readonly string[] {
  return readdirSync(cache).filter((name) => name.startsWith("sloth-runner-"));
}

interface Brought {
  /** The first line of the program that was started. */
  readonly said: string;
  /** The second. */
  readonly where: string;
  readonly sent: number;
}

interface FarEnd {
  readonly become?: HostEntry["become"];
  /** What the login shell prints first. */
  readonly banner?: string;
  /** What it runs first. */
  readonly first?: string;
  readonly shell?: readonly string[];
}

async function bring({ self, home, notes }: ReturnType<typeof site>, far: FarEnd = {}): Promise<Brought> {
  const { become, banner = "", first = ":", shell = ["/bin/sh"] } = far;
  const system = openHost({ mode: "read" }).reader({ signal: new AbortController().signal });
  const builds = new Builds({ system, self, directories: [], digests: new KnownDigests(system, notes) });
  const entry: HostEntry = { name: "web1", groups: [], vars: {}, become };
  const login = `printf %s "$1"; ${first}; exec ${shell.join(" ")} -s`;
  const pipe = openPipe(["env", `HOME=${home}`, "/bin/bash", "-c", login, "sh", banner]);
  let sent = 0;
  const wire = await bringAgent(pipe, { entry, builds, onProgress: (bytes) => (sent = bytes) });
  let said = "";
  for await (const piece of wire.incoming) said += new TextDecoder().decode(piece);
  await pipe.exited;
  const [line = "", where = ""] = said.trim().split("\n");
  return { said: line, where, sent };
}

test("a build is sent once, kept under its version and digest, and used again", async () => {
  const host = site();
  const first = await bring(host);
  expect(first.sent).toBeGreaterThan(0);
  const [name = ""] = builtIn(host);
  expect(name).toBe(`sloth-runner-${build.version}-${Bun.SHA256.hash(PROGRAM, "hex").slice(0, 16)}`);
  expect(first.said).toBe(`${host.cache}/${name} agent serve`);
  expect(await bring(host)).toMatchObject({ said: first.said, sent: 0 });
  expect(builtIn(host)).toEqual([name]);
});

test("a build that is not what was sent is never started: it is sent again", async () => {
  for (const again of [bring, (host: ReturnType<typeof site>) => bring({ ...host, notes: site().notes })]) {
    const host = site();
    const first = await bring(host);
    const path = join(host.cache, builtIn(host)[0] ?? "");
    const planted = PROGRAM.replace("SLOTH", "EVILS");
    for (const [contents, mtime] of [
      [planted, statSync(path).mtime],
      [PROGRAM.slice(0, -20), new Date()],
    ] as const) {
      writeFileSync(path, contents);
      utimesSync(path, mtime, mtime);
      // Where our digest is not at hand at first, the far end is asked for it by name, and finds it damaged then.
      const found = await again(host).catch(toError);
      if (found instanceof Error) expect(found.message).toContain("is not what was sent there");
      else expect(found).toMatchObject({ said: first.said, sent: expect.any(Number) });
      expect(await bring(host)).toMatchObject({ said: first.said });
      expect(readFileSync(path, "utf8")).toBe(PROGRAM);
    }
  }
});

test("where the home has too little room another place is taken, and where all have, that is told", async () => {
  const here = site();
  const tools = temporaryDirectory();
  const df = (elsewhere: number): string => `#!/bin/sh
case $PWD in ${here.home}*) free=0 ;; *) free=${elsewhere} ;; esac
printf 'Filesystem 1024-blocks Used Available Capacity Mounted on\\n/dev/x 9 9 %s 9%% /\\n' $free
`;
  const first = `PATH=${tools}:$PATH; export PATH`;
  writeFileSync(join(tools, "df"), df(1_000_000), { mode: 0o755 });
  const { said } = await bring(here, { first });
  const program = said.split(" ")[0] ?? "";
  rmSync(program);
  expect([program.startsWith("/var/tmp/sloth-runner-"), builtIn(here)]).toEqual([true, []]);
  writeFileSync(join(tools, "df"), df(0), { mode: 0o755 });
  expect(await messageOf(bring(here, { first }))).toMatch(/^web1: .* has \d KiB free, \d+ are needed/);
});

test("what a shell prints first is no answer, though it ends without a newline", async () => {
  const host = site();
  const first = await bring(host, { banner: "Welcome!\nsloth-probe 2\nno newline" });
  expect(await bring(host, { banner: "again" })).toMatchObject({ said: first.said, sent: 0 });
});

asRoot("su becomes another user, who gets the build from where it can be run", async () => {
  const host = site();
  const { said } = await bring(host, { become: { method: "su", user: "nobody" } });
  expect(said).toMatch(/^\/var\/tmp\/sloth-runner-0\/sloth-runner-\S+ agent serve$/);
  rmSync(said.split(" ")[0] ?? "");
});

test("a build that may not be run is sent again", async () => {
  const host = site();
  const { said } = await bring(host);
  chmodSync(join(host.cache, builtIn(host)[0] ?? ""), 0o644);
  expect((await bring(host)).sent).toBeGreaterThan(0);
  expect(await bring(host)).toMatchObject({ said, sent: 0 });
});

test("a program that was replaced is read anew, and its like is brought", async () => {
  const host = site();
  await bring(host);
  writeFileSync(host.self, `${PROGRAM}# newer\n`);
  expect((await bring(host)).sent).toBeGreaterThan(0);
  expect(builtIn(host)).toHaveLength(2);
});

test("the digest of a program is not computed again, unless its file was touched", async () => {
  const { self, notes } = site();
  let digested = 0;
  const system = openHost({ mode: "read" }).reader({ signal: new AbortController().signal });
  const counting = { stat: system.stat.bind(system), digest: (path: string) => (digested++, system.digest(path)) };
  const known = (): KnownDigests => new KnownDigests(counting, notes);
  const digest = await known().of(self);
  expect(await known().of(self)).toBe(digest);
  expect(digested).toBe(1);
  utimesSync(self, statSync(self).atime, new Date(0));
  expect(known().find(self)).toBeUndefined();
  expect(await known().of(self)).toBe(digest);
  expect(digested).toBe(2);
});

for (const shell of [["/bin/sh"], ["/bin/bash", "--posix"], ["busybox", "sh"]]) {
  const has = Bun.which(shell[0] ?? "") !== null;
  needs(has, shell.join(" "))(
    `${shell.join(" ")} brings the program, and starts it under the mask of the login`,
    async () => {
      const host = site();
      const first = await bring(host, { shell, first: "umask 027" });
      expect(first.said).toStartWith(`${host.cache}/sloth-runner-`);
      expect(first.where).toMatch(/^\/ \S+ 0?027$/);
      expect(await bring(host, { shell, first: "umask 022" })).toMatchObject({
        said: first.said,
        where: expect.stringMatching(/^\/ \S+ 0?022$/),
        sent: 0,
      });
    },
  );
}

asRoot("what the login's shell reads of what is sent is missed, never left out in silence", async () => {
  for (let lines = 1; lines <= 8; lines++) {
    const first = "read -r x; ".repeat(lines) + ":";
    const brought = bring(site(), { become: { method: "su", user: "nobody" }, first });
    const found = await brought.then(({ where }) => where, toError);
    if (found instanceof Error) expect(found).toMatchObject({ code: expect.stringMatching(/^E_HOST_/) });
    else expect(found).toStartWith("/ nobody ");
  }
});

test("a shell that says no end of things is not listened to for ever", async () => {
  expect(await messageOf(bring(site(), { first: "yes" }))).toMatch("sent more than 1 MiB of text before it began");
});

asRoot("only a directory of ours that nobody may exchange is used", async () => {
  const root = temporaryDirectory();
  const enters = async (path: string): Promise<boolean> => {
    const ran = Bun.spawn(["/bin/sh", "-c", `${enter}\nenter "$1"`, "sh", path], { stderr: "ignore" });
    return (await ran.exited) === 0;
  };
  const made = (name: string, mode: number, uid = 0): string => {
    const path = join(root, name);
    mkdirSync(path);
    chmodSync(path, mode);
    chownSync(path, uid, uid);
    return path;
  };
  chmodSync(root, 0o755);
  const [own, open, sticky] = [made("own", 0o755), made("open", 0o775), made("sticky", 0o1777)];
  const theirs = made("theirs", 0o755, 65534);
  for (const parent of [own, open, sticky, theirs]) mkdirSync(join(parent, "ours"));
  symlinkSync(own, join(sticky, "link"));
  expect(await enters(join(own, "ours"))).toBe(true);
  expect(await enters(join(sticky, "ours"))).toBe(true);
  expect(await enters(join(open, "ours"))).toBe(false);
  expect(await enters(join(theirs, "ours"))).toBe(false);
  expect(await enters(join(sticky, "link"))).toBe(false);
  expect(await enters(theirs)).toBe(false);
  expect(await enters(join(root, "none"))).toBe(false);
});

asRoot("a name in a directory for all is never entered while somebody exchanges it", async () => {
  const root = temporaryDirectory();
  const [crown, open] = [join(root, "crown"), join(root, "open")];
  for (const path of [crown, open]) mkdirSync(path);
  chmodSync(root, 0o755);
  chmodSync(open, 0o1777);
  const swap = 'while :; do ln -s "$1" "$2"; rm "$2"; mkdir "$2"; rmdir "$2"; done';
  const racer = Bun.spawn(["/bin/sh", "-c", swap, "sh", crown, join(open, "d")], {
    uid: 65534,
    gid: 65534,
    stderr: "ignore",
  });
  const tries = `${enter}\ni=0; while [ $i -lt 300 ]; do (enter "$1") && echo in; i=$((i + 1)); done`;
  const tried = Bun.spawn(["/bin/sh", "-c", tries, "sh", join(open, "d")], { stderr: "ignore" });
  const said = await tried.stdout.text();
  racer.kill();
  expect(said).toBe("");
});
