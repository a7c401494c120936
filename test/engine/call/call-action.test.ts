import { expect, test } from "bun:test";
import { callAction } from "../../../src/engine/call/call-action.ts";
import { exec } from "../../../src/modules/exec/index.ts";
import { beginTestRun } from "../../support/engine.ts";
import { refusal } from "../../modules/_call.ts";
import { temporaryDirectory } from "../../support/temp.ts";

const [run] = exec.functions;
if (run?.form !== "action") throw new Error("exec.run is no action");

test("in plan a command that only looks is unknown where what it looks at is only predicted", async () => {
  const began = await beginTestRun(temporaryDirectory(), "plan");
  const { context, events } = began;
  const call = {
    location: { file: "site.lua", line: 7 },
    scope: { task: "main", signal: new AbortController().signal, host: "local" },
  };
  const props = { argv: ["/no/such/tree", "--version"], read_only: true };
  expect(await refusal(callAction(context, run, props, call))).toContain("/no/such/tree");
  const target = await context.targetFor("local");
  target.noteUnknown("package tree is only predicted");
  const answer = await callAction(context, run, props, call);
  expect(answer.outcome).toMatchObject({ predicted: true, unknown: "package tree is only predicted" });
  expect(answer.unknown).toEqual(["exit_code", "stdout", "stderr"]);
  expect(events.filter(({ type }) => type === "resource_failed")).toHaveLength(1);
  began.end();
});
