import { expect, test } from "bun:test";
import { runLine } from "../support/command-line.ts";

test("a directory given as the workflow is named as it was given", async () => {
  const { code, stderr } = await runLine(["check", "."]);
  expect([code, stderr]).toEqual([65, expect.stringContaining(". is a directory, not a workflow file")]);
});
