import { expect, test } from "bun:test";
import { chmodSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "../../src/base/build.ts";
import type { HostEntry } from "../../src/engine/hosts.ts";
import type { Value } from "../../src/base/value.ts";
import { bringAgent } from "../../src/remote/bootstrap.ts";
import { Builds } from "../../src/remote/builds.ts";
import { KnownDigests } from "../../src/remote/known-digests.ts";
import { openHost } from "../../src/system/host.ts";
import { openPipe } from "../../src/system/processes/pipe.ts";
import { asRoot } from "../support/needs-root.ts";
import { temporaryDirectory } from "../support/temp.ts";

/** Says what an agent says first, where it lies and who brought it. */
const PROGRAM = `#!/bin/sh
printf '\\nSLOTH-RUNNER-AGENT/1\\n'
echo "$0 $*"
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

interface Brought {
  /** The first line of the program that was started. */
  readonly said: string;
  readonly sent: number;
}

interface FarEnd {
  readonly become?: HostEntry["become"];
  /** What the login shell prints first. */
  readonly banner?: string;
}

async function bring({ self, home, notes }: ReturnType<typeof site>, far: FarEnd = {}): Promise<Brought> {
  const { become, banner = "" } = far;
  const system = openHost({ mode: "read" }).reader({ signal: new AbortController().signal });
  const builds = new Builds({ system, self, directories: [], digests: new KnownDigests(system, notes) });
  const entry: HostEntry = { name: "web1", groups: [], vars: {}, become };
  const pipe = openPipe(["env", `HOME=${home}`, "/bin/sh", "-c", 'printf %s "$1"; exec /bin/sh -s', "sh", banner]);
  let sent = 0;
  const wire = await bringAgent(pipe, { entry, builds, onProgress: (bytes) => (sent = bytes) });
  let said = "";
  for await (const piece of wire.incoming) said += new TextDecoder().decode(piece);
  await pipe.exited;
  return { said: said.trim(), sent };
}

test("a build is sent once, kept under its version and digest, and used again", async () => {
  const host = site();
  const first = await bring(host);
  expect(first.sent).toBeGreaterThan(0);
  const [name = ""] = readdirSync(host.cache);
  expect(name).toBe(`sloth-runner-${build.version}-${Bun.SHA256.hash(PROGRAM, "hex").slice(0, 16)}`);
  expect(first.said).toBe(`${host.cache}/${name} agent serve`);
  expect(await bring(host)).toEqual({ said: first.said, sent: 0 });
  expect(readdirSync(host.cache)).toEqual([name]);
});

test("what a shell prints first is no answer, though it ends without a newline", async () => {
  const host = site();
  const first = await bring(host, { banner: "Welcome!\nsloth-probe 2\nno newline" });
  expect(await bring(host, { banner: "again" })).toEqual({ said: first.said, sent: 0 });
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
  chmodSync(join(host.cache, readdirSync(host.cache)[0] ?? ""), 0o644);
  expect((await bring(host)).sent).toBeGreaterThan(0);
  expect(await bring(host)).toEqual({ said, sent: 0 });
});

test("a program that was replaced is read anew, and its like is brought", async () => {
  const host = site();
  await bring(host);
  writeFileSync(host.self, `${PROGRAM}# newer\n`);
  expect((await bring(host)).sent).toBeGreaterThan(0);
  expect(readdirSync(host.cache)).toHaveLength(2);
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
