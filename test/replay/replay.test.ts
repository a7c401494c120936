import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "../support/temporary.ts";
import { families } from "./families/index.ts";
import { replay } from "./replay.ts";

const step = (id: string, more: object): string =>
  JSON.stringify({ id, module: "cron", check: false, changed: true, failed: false, before: {}, after: {}, ...more });

test("tells what is alike, and what is not", async () => {
  using directory = temporaryDirectory();
  const args = { name: "mine", job: "true", minute: "5" };
  const made = { "crontab:root": "#Ansible: mine\n5 * * * * true\n" };
  const steps = [
    step("made", { args, after: made }),
    step("checked", { args, check: true }),
    step("again", { args, before: made, changed: false }),
    step("other", { args, after: { "crontab:root": "5 * * * * true\n" } }),
    step("refused", { args: { ...args, minute: "61" }, changed: false, failed: true }),
    step("claimed", { args, before: made }),
  ];
  writeFileSync(join(directory.path, "cron.jsonl"), steps.join("\n"));
  const cron = families.find(({ name }) => name === "cron");
  if (cron === undefined) throw new Error("there are no families");
  expect(await replay(cron, directory.path)).toMatchObject({
    steps: 6,
    alike: 4,
    differences: [
      { id: "other", what: ['crontab:root: theirs "5 * * * * true\\n", ours "#Ansible: mine\\n5 * * * * true\\n"'] },
      { id: "claimed", what: ["changed: theirs true, ours false"] },
    ],
  });
});
