import { afterAll, expect, test } from "bun:test";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { runLine } from "../../support/command-line.ts";
import { mutationsOf, type Mutation } from "./mutations.ts";

const examples = resolve(import.meta.dir, "../../../examples");
const files = [...new Bun.Glob("*/sloth.lua").scanSync(examples)].sort();
const scratch = mkdtempSync("/tmp/sloth-corpus-");
cpSync(examples, scratch, { recursive: true });
afterAll(() => rmSync(scratch, { recursive: true }));

const CORPUS = 200;

/** As many of each kind as there are, so that none crowds out the others. */
function corpus(): readonly (Mutation & { readonly file: string })[] {
  const all = files.flatMap((file) =>
    mutationsOf(readFileSync(join(examples, file), "utf8")).map((one) => ({ ...one, file })),
  );
  const kinds = Map.groupBy(all, ({ kind }) => kind);
  const chosen: (Mutation & { readonly file: string })[] = [];
  for (let turn = 0; chosen.length < CORPUS; turn++)
    for (const of of kinds.values()) chosen.push(...of.slice(turn, turn + 1));
  return chosen.slice(0, CORPUS);
}

const db = (): string => join(scratch, "none.db");

test.each(files)("%s has no mistakes", async (file) => {
  const path = join(scratch, file);
  expect(await runLine(["check", path])).toMatchObject({ code: 0, stderr: "" });
  // What is not there on this machine is another matter: its plan may fail, and not for a mistake.
  expect((await runLine(["plan", path, "--db", db()])).code).not.toBe(65);
});

test("of 200 workflows with one mistake each, at least 95 % are refused before anything is done", async () => {
  const missed: string[] = [];
  const all = corpus();
  for (const { file, kind, change, source } of all) {
    const path = join(scratch, dirname(file), "mutated.lua");
    writeFileSync(path, source);
    const { code, stdout } = await runLine(["plan", path, "--db", db(), "--output", "json"]);
    if (code !== 65 || stdout.includes('"run_started"')) missed.push(`${file}: ${kind}: ${change}`);
  }
  if (missed.length > 0) console.warn(`missed ${missed.length} of ${all.length}:\n${missed.join("\n")}`);
  expect(all.length).toBe(CORPUS);
  expect(missed.length).toBeLessThanOrEqual(CORPUS * 0.05);
}, 120_000);
