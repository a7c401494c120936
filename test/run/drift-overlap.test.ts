import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DriftMark } from "../../src/store/contract.ts";
import { ended, head, intent, row } from "../store/samples.ts";
import { storeAt } from "../store/scratch.ts";
import { runLine } from "../support/command-line.ts";
import { temporaryDirectory } from "../support/temporary.ts";

/** What a run of the stack does while drift is looking, a step each. */
const STEPS = ["begins", "intends", "is done", "ends a task", "ends"] as const;

test.each(STEPS.map((step, index) => [step, index] as const))(
  "marks of a look are not set over what a run that %s meanwhile has said",
  async (_step, reached) => {
    const store = await storeAt();
    const web = store.create("web");
    web.record.save(row("/a", { checksum: "one", state: "applied" }));
    web.record.save(row("/b", { checksum: "same", state: "applied" }));
    const looked: readonly DriftMark[] = web.resources().map((found) => ({ row: found, drifted: true }));

    const journal = web.beginRun(head);
    const steps = [
      () => undefined,
      () => void journal.intend(intent("/a")),
      () =>
        journal.done(1, {
          outcome: "update",
          changes: [],
          after: null,
          durationMs: 1,
          row: row("/a", { checksum: "two", state: "applied", runId: journal.run }),
        }),
      () => journal.taskEnded("main", "ok", undefined, []),
      () => journal.end(ended),
    ];
    for (const step of steps.slice(0, reached + 1)) step();
    journal.flush();
    const recorded = web.resources().find(({ name }) => name === "/a");

    web.markDrift(looked);
    const now = web.resources();
    const isOverwritten = reached >= 2;
    expect(now.find(({ name }) => name === "/a")).toEqual(
      recorded && { ...recorded, state: isOverwritten ? "applied" : "drift" },
    );
    expect(now.find(({ name }) => name === "/b")?.state).toBe("drift");
  },
);

test("a look that ends after a run leaves the run's record, and the next --fix has nothing to put back", async () => {
  using directory = temporaryDirectory();
  const at = (name: string): string => join(directory.path, name);
  const db = ["--db", at("x.db")];
  const slow = `if test -e ${at("slow")}; then touch ${at("looking")}; while test -e ${at("slow")}; do sleep 0.05; done; fi; echo 1`;
  writeFileSync(
    at("site.lua"),
    `workflow{ name = "site" }
    file_ops.copy{ content = values.c .. "\\n", dest = "${at("a")}" }
    stack.register_resource{ type = "probe", name = "slow", module = "custom", properties = {}, probe = { "sh", "-c", ${JSON.stringify(slow)} } }`,
  );
  const run = (c: string) => runLine(["run", at("site.lua"), ...db, "--set", `c=${c}`]);
  expect(await run("one")).toMatchObject({ code: 0, stderr: "" });
  writeFileSync(at("a"), "by hand\n");
  writeFileSync(at("slow"), "");
  const looking = runLine(["stack", "drift", "site", ...db]);
  while (!(await Bun.file(at("looking")).exists())) await Bun.sleep(5);
  expect((await run("two")).code).toBe(0);
  await Bun.file(at("slow")).delete();
  expect((await looking).code).toBe(0);
  expect((await runLine(["stack", "drift", "site", ...db, "--detailed-exitcode"])).code).toBe(0);
  expect((await runLine(["stack", "drift", "site", ...db, "--fix", "--yes"])).code).toBe(0);
  expect(await Bun.file(at("a")).text()).toBe("two\n");
});
