import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { siteIn } from "../../support/site.ts";
import { temporaryDirectory } from "../../support/temp.ts";

test.each([
  ["a field has another name", `'"path"', '"pxth"'`],
  ["a field is a number", `'"path":"', '"path":5,"x":"'`],
])("a row in which %s is told as damaged, and the others are looked at", async (_, change) => {
  const site = siteIn(temporaryDirectory());
  await site.run('file_ops.copy{ content = "x", dest = "HERE/a" }\nfile_ops.copy{ content = "y", dest = "HERE/b" }');
  {
    using raw = new Database(site.db, { readwrite: true });
    raw.run(`UPDATE resources SET declarations = replace(declarations, ${change}) WHERE name LIKE '%/a'`);
  }
  const ran = await site.stack("drift", "--output json");
  expect(ran.stderr).toBe("");
  expect(JSON.parse(ran.stdout)).toMatchObject({
    resources: expect.arrayContaining([expect.objectContaining({ reason: expect.stringContaining("damaged") })]),
  });
});
