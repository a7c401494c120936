import { expect, test } from "bun:test";
import fc from "fast-check";
import * as fs from "node:fs";
import { siteIn, type Site } from "../support/site.ts";
import { temporaryDirectory } from "../support/temp.ts";
import { treeLines } from "../support/tree-digest.ts";

/*
 * Whatever a stack did, `destroy` leaves the tree as it was, or names what it could not put back and ends with 1; `rollback` to any run
 * leaves it as it was at the end of that run, and nothing drifts. `UNDO_MINUTES=10` looks for longer than a test may.
 */
const minutes = Number(process.env["UNDO_MINUTES"] ?? 0);
const limits =
  minutes > 0
    ? { numRuns: 1_000_000, interruptAfterTimeLimit: minutes * 60_000 }
    : { seed: 1, numRuns: 8, interruptAfterTimeLimit: 8_000 };

const PATHS = ["a", "b", "l", "d", "d/x", "d/e", "d/e/y", "n/m/z"] as const;
const path = fc.constantFrom(...PATHS);
const text = fc.constantFrom("one\n", "two\n", "x=1\n", "x=1\ny=2\n", "");
const mode = fc.constantFrom("0600", "0640", "0644", "0755");

const q = (value: string): string => JSON.stringify(value);
const at = (name: string): string => `"HERE/w/${name}"`;

/** One call; it may well fail where what is there does not fit. */
const verb: fc.Arbitrary<string> = fc.oneof(
  fc.tuple(path, text, mode).map(([p, t, m]) => `file_ops.copy{ content = ${q(t)}, dest = ${at(p)}, mode = "${m}" }`),
  fc.tuple(path, text).map(([p, t]) => `file_ops.copy{ content = ${q(t)}, dest = ${at(p)}, follow = true }`),
  fc.tuple(path, text).map(([p, t]) => `file_ops.copy{ content = ${q(t)}, dest = ${at(p)}, validate = "false %s" }`),
  fc.tuple(path, text).map(([p, t]) => `file_ops.template{ content = ${q(t)}, dest = ${at(p)} }`),
  fc.tuple(path, text).map(([p, t]) => `fs.write{ content = ${q(t)}, path = ${at(p)} }`),
  fc.tuple(path, mode).map(([p, m]) => `file_ops.directory{ path = ${at(p)}, mode = "${m}" }`),
  path.map((p) => `file_ops.directory{ path = ${at(p)}, mode = "u=rwx,g=rx,o=", recurse = true }`),
  fc.tuple(path, mode).map(([p, m]) => `file_ops.attributes{ path = ${at(p)}, mode = "${m}" }`),
  path.map((p) => `file_ops.attributes{ path = ${at(p)}, mode = "u=rwX,g=rX,o=", recurse = true }`),
  fc.tuple(path, path).map(([p, s]) => `file_ops.symlink{ src = ${at(s)}, dest = ${at(p)}, force = true }`),
  fc.tuple(path, path).map(([p, s]) => `file_ops.hardlink{ src = ${at(s)}, dest = ${at(p)}, force = true }`),
  path.map((p) => `file_ops.remove{ path = ${at(p)} }`),
  path.map((p) => `file_ops.touch{ path = ${at(p)} }`),
  fc
    .tuple(path, mode)
    .map(
      ([p, m]) => `file_ops.lineinfile{ path = ${at(p)}, line = "x=9", regexp = "^x=", create = true, mode = "${m}" }`,
    ),
  path.map((p) => `file_ops.blockinfile{ path = ${at(p)}, block = "in a block", create = true }`),
  path.map((p) => `file_ops.replace{ path = ${at(p)}, regexp = "1", replacement = "3" }`),
  path.map((p) => `file_ops.copy{ src = "HERE/source/", dest = ${at(p)} }`),
  path.map((p) => `file_ops.unarchive{ src = "HERE/a.tar", dest = ${at(p)} }`),
);

/** What is there before. */
const world = fc.record({
  file: fc.boolean(),
  link: fc.constantFrom(undefined, "a", "d", "nowhere"),
  tree: fc.boolean(),
});
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

const run = fc.record({ calls: fc.array(verb, { minLength: 1, maxLength: 3 }), fails: fc.boolean() });
type Run = typeof run extends fc.Arbitrary<infer T> ? T : never;

function siteOf({ file, link, tree }: World): Site {
  const here = siteIn(temporaryDirectory());
  fs.mkdirSync(here.at("w"));
  if (file) fs.writeFileSync(here.at("w/a"), "mine x=1\n", { mode: 0o600 });
  if (link !== undefined) fs.symlinkSync(link, here.at("w/l"));
  if (tree) {
    fs.mkdirSync(here.at("w/d"), { mode: 0o700 });
    fs.writeFileSync(here.at("w/d/x"), "x=0\n", { mode: 0o640 });
  }
  fs.mkdirSync(here.at("source/e"), { recursive: true });
  fs.writeFileSync(here.at("source/x"), "copied\n");
  fs.writeFileSync(here.at("source/e/y"), "copied too\n");
  Bun.spawnSync(["tar", "-cf", here.at("a.tar"), "-C", here.at("source"), "x", "e"]);
  return here;
}

/** Each call on its own: where one cannot be made the next still is. */
function luaOf({ calls, fails }: Run): string {
  const each = calls.map((call) => `pcall(function() ${call} end)`).join("\n");
  return fails ? `${each}\nerror("on the way")` : each;
}

/** Addresses of what drifted. */
async function driftedIn(here: Site): Promise<readonly string[]> {
  const found = await here.stack("drift", "--output json");
  if (found.code !== 0) return [];
  const { resources }: { resources: readonly { address: string; kind: string }[] } = JSON.parse(found.stdout);
  return resources.flatMap(({ address, kind }) => (kind === "ok" ? [] : [address]));
}

/** Paths in which two trees differ. */
function differences(before: readonly string[], after: readonly string[]): readonly string[] {
  const lines = new Set(before).symmetricDifference(new Set(after));
  return [...lines].map((line) => line.slice(2, line.indexOf(" ", 2)));
}

/** What is said of each path that differs: it, or what it lies in or holds, is named. */
function expectNamed(paths: readonly string[], said: string): void {
  const named = [...said.matchAll(/\/w\/([^:\s]*)/g)].map(([, name = ""]) => name);
  const isNamed = (one: string): boolean =>
    named.some((name) => name === one || one.startsWith(`${name}/`) || name.startsWith(`${one}/`));
  expect(paths.filter((one) => one !== "" && !isNamed(one))).toEqual([]);
}

test(
  "destroy leaves the tree as it was, or names what it could not put back and ends with 1",
  async () => {
    await fc.assert(
      fc.asyncProperty(
        world,
        fc.array(run, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        async (start, runs, prunes) => {
          const here = siteOf(start);
          const before = treeLines(here.at("w"));
          for (const one of runs) await here.run(luaOf(one));
          if (prunes) await here.stack("history", "--prune --keep 1");
          const ran = await here.stack("destroy", "--yes");
          const different = differences(before, treeLines(here.at("w")));
          if (ran.code === 0) expect(different).toEqual([]);
          else expectNamed(different, ran.stderr);
          fs.rmSync(here.at("."), { recursive: true, force: true });
        },
      ),
      limits,
    );
  },
  minutes > 0 ? minutes * 70_000 : 120_000,
);

test(
  "rollback leaves the tree as it was at the end of that run and no drift, or names what it could not put back",
  async () => {
    await fc.assert(
      fc.asyncProperty(world, fc.array(run, { minLength: 2, maxLength: 4 }), fc.nat(), async (start, runs, which) => {
        const here = siteOf(start);
        const trees: (readonly string[])[] = [];
        const drifts: (readonly string[])[] = [];
        for (const one of runs) {
          await here.run(luaOf(one));
          trees.push(treeLines(here.at("w")));
          drifts.push(await driftedIn(here));
        }
        const to = which % runs.length;
        const ran = await here.stack("rollback", `--to ${to + 1} --yes`);
        const different = differences(trees[to] ?? [], treeLines(here.at("w")));
        if (ran.code === 0) {
          expect(different).toEqual([]);
          // Calls of different runs may contradict each other: what drifted at the end of that run does so again.
          expect((await driftedIn(here)).filter((one) => !drifts[to]?.includes(one))).toEqual([]);
        } else expectNamed(different, ran.stderr);
        fs.rmSync(here.at("."), { recursive: true, force: true });
      }),
      limits,
    );
  },
  minutes > 0 ? minutes * 70_000 : 120_000,
);
