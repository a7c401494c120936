import { expect, test } from "bun:test";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { typesOf } from "../../../src/engine/undo/find-drift.ts";
import type { Outcome } from "../../../src/engine/events.ts";
import { SlothError } from "../../../src/base/errors.ts";
import { fileOps } from "../../../src/modules/file_ops/index.ts";
import { beginTestRun } from "../../support/engine.ts";
import { temporaryDirectory } from "../../support/temp.ts";
import { treeDigest } from "../../support/tree-digest.ts";

const types = typesOf([fileOps]);
const names = ["a", "b", "d", "d/a", "d/e", "d/e/f", "link"] as const;
const modes = ["0644", "0600", "0755", "u+x", "go="] as const;
const texts = ["", "one\n", "one\ntwo\n", "two", "k=1\nk=2\n"] as const;

interface Step {
  readonly type: string;
  readonly props: { readonly [field: string]: string | boolean };
}

const name = fc.constantFrom(...names);
const mode = fc.option(fc.constantFrom(...modes), { nil: undefined });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc
    .record({ dest: name, content: fc.constantFrom(...texts), mode })
    .map((props) => ({ type: "file_ops.copy", props: stated(props) })),
  fc.record({ path: name, mode }).map((props) => ({ type: "file_ops.directory", props: stated(props) })),
  fc.record({ path: name }).map((props) => ({ type: "file_ops.remove", props })),
  fc
    .record({
      path: name,
      line: fc.constantFrom("k=1", "k=3", "two"),
      regexp: fc.option(fc.constant("^k="), { nil: undefined }),
      create: fc.boolean(),
    })
    .map((props) => ({ type: "file_ops.lineinfile", props: stated(props) })),
);

/** What is there before: files with texts, directories, a link. */
const tree = fc.subarray([...names]);

test("plan predicts exactly what run then does, step by step, failures too, and touches nothing", async () => {
  await fc.assert(
    fc.asyncProperty(tree, fc.array(step, { minLength: 1, maxLength: 7 }), async (present, steps) => {
      const root = temporaryDirectory();
      try {
        plant(root, present);
        const before = treeDigest(join(root, "tree"));
        const planned = await perform(root, "plan", steps);
        expect(treeDigest(join(root, "tree"))).toEqual(before);
        expect(planned).toEqual(await perform(root, "apply", steps));
      } finally {
        rmSync(root, { recursive: true, force: true });
      }
    }),
    { numRuns: 80 },
  );
}, 240_000);

test("a second run of a workflow that does not contradict itself changes nothing", async () => {
  await fc.assert(
    fc.asyncProperty(
      tree,
      fc.uniqueArray(step, { minLength: 1, maxLength: 4, selector: pathOf }),
      async (present, steps) => {
        fc.pre(!contradicts(steps));
        const root = temporaryDirectory();
        try {
          plant(root, present);
          const first = await perform(root, "apply", steps);
          fc.pre(first.every((told) => typeof told !== "string"));
          const after = treeDigest(join(root, "tree"));
          const second = await perform(root, "apply", steps);
          expect(second.map((told) => (typeof told === "string" ? told : told.action))).toEqual(
            steps.map(() => "none"),
          );
          expect(treeDigest(join(root, "tree"))).toEqual(after);
        } finally {
          rmSync(root, { recursive: true, force: true });
        }
      },
    ),
    { numRuns: 60 },
  );
}, 240_000);

function stated<T extends object>(props: T): Step["props"] {
  return Object.fromEntries(Object.entries(props).filter(([, value]) => value !== undefined)) as Step["props"];
}

function pathOf({ props }: Step): string {
  return String(props["dest"] ?? props["path"]);
}

/** One removes what another needs below or above it, or two write one file, once by the link to it. */
function contradicts(steps: readonly Step[]): boolean {
  const paths = steps.map(pathOf);
  if (paths.includes("link") && paths.includes("a")) return true;
  const removed = steps.filter(({ type }) => type === "file_ops.remove").map(pathOf);
  return steps.some((one) =>
    removed.some(
      (path) =>
        pathOf(one) !== path && (pathOf(one).startsWith(`${path}/`) || pathOf(one) === "link" || path === "link"),
    ),
  );
}

function plant(root: string, present: readonly string[]): void {
  mkdirSync(join(root, "tree/d/e"), { recursive: true });
  for (const path of present) {
    const full = join(root, "tree", path);
    if (path === "link") symlinkSync("a", full);
    else if (!path.endsWith("d") && !path.endsWith("e")) writeFileSync(full, "one\nk=0\n");
  }
}

type Told = string | Pick<Outcome, "action" | "changed" | "changes" | "name">;

/** What each step came to: its outcome, or the code of its error. */
async function perform(root: string, mode: "apply" | "plan", steps: readonly Step[]): Promise<readonly Told[]> {
  const run = await beginTestRun(root, mode);
  const told: Told[] = [];
  for (const { type, props } of steps) told.push(await one(run, root, type, props));
  await run.journal?.taskEnded("main", "ok", undefined, run.context.latch.taskSucceeded("main"));
  run.end();
  return told;
}

async function one(
  run: Awaited<ReturnType<typeof beginTestRun>>,
  root: string,
  typeName: string,
  props: Step["props"],
): Promise<Told> {
  const type = types.get(typeName);
  if (type === undefined) throw new Error(`no ${typeName}`);
  const key = "dest" in props ? "dest" : "path";
  try {
    const {
      action,
      changed,
      changes,
      name: told,
    } = await run.declare(type, { ...props, [key]: join(root, "tree", String(props[key])) });
    return { action, changed, changes, name: told };
  } catch (error) {
    if (!(error instanceof SlothError)) throw error;
    return error.code;
  }
}
