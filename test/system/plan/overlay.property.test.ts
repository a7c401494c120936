import { expect, test } from "bun:test";
import fc from "fast-check";
import * as fs from "node:fs";
import { openHost } from "../../../src/system/host.ts";
import type { FileStat, System } from "../../../src/system/system.ts";
import { testAsNobody, unprivileged } from "../../support/namespace.ts";
import { removeDirectory, temporaryDirectory } from "../../support/temp.ts";
import { treeDigest } from "../../support/tree-digest.ts";

const signal = new AbortController().signal;

const MOST_STEPS = 12;
const DEEP = "/deep".repeat(MOST_STEPS + 3);

/** Done to a System whose tree is at `root`. */
type Step = (system: System, root: string) => void | Promise<void>;

const path = fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
const mode = fc.constantFrom(0o644, 0o600, 0o755, 0o4755, 0o2775, 0o1777);
const owner = fc.constantFrom(undefined, "0", "65534", "1");
const text = fc.constantFrom("", "one", "two\n");
const target = fc.oneof(
  fc.constantFrom("a", "../b", ".", "..", "none"),
  path.map((inner) => `ROOT/${inner}`),
);

const bits = fc.option(mode, { nil: undefined });

/** With what it does as text, for the report of a counterexample. */
type NamedStep = readonly [title: string, act: Step];
const named = (title: string, act: Step): NamedStep => [title, act];

const step: fc.Arbitrary<NamedStep> = fc.oneof(
  fc
    .tuple(path, text, bits, owner, owner)
    .map(([at, contents, mode, user, group]) =>
      named(`write ${at} ${contents} ${mode} ${user} ${group}`, (system, root) =>
        system.writeFile(`${root}/${at}`, Buffer.from(contents), { mode, owner: user, group }),
      ),
    ),
  fc
    .tuple(path, bits, owner)
    .map(([at, mode, group]) =>
      named(`mkdir ${at} ${mode} ${group}`, (system, root) => system.mkdir(`${root}/${at}`, { mode, group })),
    ),
  fc
    .tuple(path, mode)
    .map(([at, mode]) => named(`chmod ${at} ${mode}`, (system, root) => system.chmod(`${root}/${at}`, mode))),
  fc
    .tuple(path, owner, owner)
    .map(([at, user, group]) =>
      named(`chown ${at} ${user} ${group}`, (system, root) => system.chown(`${root}/${at}`, user, group)),
    ),
  fc
    .tuple(target, path)
    .map(([to, at]) =>
      named(`symlink ${to} ${at}`, (system, root) => system.symlink(to.replace("ROOT", root), `${root}/${at}`)),
    ),
  fc
    .tuple(path, path)
    .map(([a, b]) => named(`link ${a} ${b}`, (system, root) => system.hardlink(`${root}/${a}`, `${root}/${b}`))),
  fc
    .tuple(path, path)
    .map(([a, b]) => named(`rename ${a} ${b}`, (system, root) => system.rename(`${root}/${a}`, `${root}/${b}`))),
  path.map((at) => named(`unlink ${at}`, (system, root) => system.unlink(`${root}/${at}`))),
  path.map((at) => named(`removeTree ${at}`, (system, root) => system.removeTree(`${root}/${at}`))),
);

test("a plan sees what a run makes: the same answers and errors after any steps, and touches nothing", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: MOST_STEPS }), async (steps) => {
      const [planRoot, realRoot] = [seeded(), seeded()];
      const untouched = treeDigest(baseOf(planRoot), { times: true });
      const plan = openHost({ mode: "plan" }).writer({ signal });
      const real = openHost({ mode: "apply" }).writer({ signal });
      for (const [, act] of steps) {
        expect(await outcome(act, plan, planRoot)).toEqual(await outcome(act, real, realRoot));
        expect(await seen(plan, planRoot)).toEqual(await seen(real, realRoot));
      }
      expect(treeDigest(baseOf(planRoot), { times: true })).toBe(untouched);
      for (const root of [planRoot, realRoot]) removeDirectory(baseOf(root));
    }),
    { numRuns: 80 },
  );
}, 240_000);

unprivileged(
  "and so it does for who is not root",
  () => {
    expect(testAsNobody(import.meta.path)).toBe("");
  },
  240_000,
);

/** Something of each kind to begin with; deeper than the links that the steps can make lead up. */
function seeded(): string {
  const root = temporaryDirectory() + DEEP;
  fs.mkdirSync(`${root}/a/b`, { recursive: true });
  fs.writeFileSync(`${root}/a/a`, "old");
  fs.linkSync(`${root}/a/a`, `${root}/a/c`);
  fs.symlinkSync("a", `${root}/c`);
  fs.symlinkSync("../b", `${root}/a/b/c`);
  fs.utimesSync(root, 1, 1);
  return root;
}

/** The temporary directory that the tree is deep in. */
function baseOf(root: string): string {
  return root.slice(0, -DEEP.length);
}

async function outcome(act: Step, system: System, root: string): Promise<string> {
  try {
    await act(system, root);
    return "done";
  } catch (error) {
    if (error instanceof Error && "code" in error)
      return `${String(error.code)} ${String(error).replaceAll(baseOf(root), "BASE")}`;
    throw error;
  }
}

/** Everything the paths of the tree answer, through links too; what is refused by its code. */
async function seen(system: System, root: string): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  const ask = async <T>(question: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      const answer = await question();
      found.push(typeof answer === "string" ? answer.replaceAll(baseOf(root), "BASE") : answer);
      return answer;
    } catch (error) {
      found.push(error instanceof Error && "code" in error ? error.code : error);
      return undefined;
    }
  };
  const visit = async (at: string): Promise<void> => {
    found.push(at.replaceAll(root, "ROOT"));
    const type = await ask(() => system.lstat(at)?.type);
    await ask(() => shown(system.lstat(at)));
    await ask(() => system.realPath(at));
    if (type === "link") await ask(() => system.readLink(at));
    const followed = await ask(() => system.stat(at)?.type);
    if (followed === "file") {
      await ask(() => Buffer.from(system.readFile(at)).toString());
      await ask(() => system.digest(at));
    }
    const names = type === "directory" ? await ask(() => system.list(at)) : [];
    for (const name of names ?? []) await visit(`${at}/${name}`);
  };
  await visit(root);
  for (const probe of ["c/a", "c/b/c", "a/b/c/a", "b/c/a", "none/x"]) {
    await ask(() => system.stat(`${root}/${probe}`)?.type);
    await ask(() => system.realPath(`${root}/${probe}`));
  }
  return found;
}

/** What a plan can know of it. Directories and links have sizes of the file system's own. */
function shown(stat: FileStat | null): unknown {
  if (stat === null) return null;
  const { type, mode, uid, gid, size } = stat;
  return { type, mode, uid, gid, size: type === "file" ? size : 0 };
}
