import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { defineResource, predictMerged } from "../../../src/engine/resource.ts";
import { object, text } from "../../../src/engine/schema.ts";
import type { Value } from "../../../src/base/value.ts";
import { modules } from "../../../src/modules/registry.ts";
import { typesOf } from "../../../src/engine/undo/find-drift.ts";
import { refusal } from "../../modules/_call.ts";
import { beginTestRun, type TestRun } from "../../support/engine.ts";
import { temporaryDirectory } from "../../support/temp.ts";

const types = typesOf(modules);

/** As a package: what it brings is known to nobody before it is there. */
const packaged = defineResource<{ readonly name: string }, { readonly name: string }, { readonly installed: boolean }>({
  name: "test.package",
  kind: "package",
  version: 1,
  summary: "A package.",
  schema: object({ name: text("Name.") }),
  identity: ({ name }) => name,
  want: ({ name }) => ({ name }),
  read: () => null,
  desired: () => ({ installed: true }),
  predict: predictMerged,
  apply: () => Promise.reject(new Error("nothing is applied in a plan")),
});

/** A plan of a machine on which a package is still to come. */
async function freshPlan(): Promise<{
  here: string;
  run: TestRun;
  call: (name: string, props: Value) => Promise<string>;
}> {
  const here = temporaryDirectory();
  const run = await beginTestRun(here, "plan");
  await run.declare(packaged, { name: "nginx" });
  const call = async (name: string, props: Value): Promise<string> => {
    const type = types.get(name);
    if (type === undefined) throw new Error(`no type ${name}`);
    const outcome = await run.declare(type, props);
    return outcome.unknown ?? `predicted: ${outcome.action}`;
  };
  return { here, run, call };
}

describe("after a package that is only predicted", () => {
  test("mistakes that it cannot mend are failures: sources, templates, directories", async () => {
    const { here, call } = await freshPlan();
    expect(await refusal(call("file_ops.copy", { src: "none.conf", dest: "/etc/nginx.conf" }))).toContain(
      "does not exist",
    );
    expect(await refusal(call("file_ops.template", { content: "{{ no }}", dest: `${here}/t` }))).toContain(
      "'no' is undefined",
    );
    expect(await refusal(call("file_ops.copy", { content: "x", dest: `${here}/none/x` }))).toContain("does not exist");
    expect(await refusal(call("file_ops.lineinfile", { path: `${here}/none`, line: "x" }))).toContain("does not exist");
    expect(await refusal(call("file_ops.attributes", { path: "/home/none/.x", mode: "0600" }))).toContain(
      "does not exist",
    );
  });

  test("what it may bring is unknown, and says of what nobody knows it", async () => {
    const { here, call } = await freshPlan();
    const because = "package nginx is only predicted";
    expect(await call("file_ops.lineinfile", { path: "/etc/sloth-none.conf", line: "x" })).toBe(
      `/etc/sloth-none.conf does not exist yet, and ${because}`,
    );
    expect(await call("file_ops.copy", { content: "x", dest: `${here}/x`, owner: "sloth-none" })).toBe(
      `there is no user sloth-none yet, and ${because}`,
    );
  });

  test("what is unknown makes nothing else unknown than what is below it", async () => {
    const { here, call } = await freshPlan();
    mkdirSync(join(here, "d"));
    writeFileSync(join(here, "d", "f"), "x\n");
    await call("file_ops.copy", { content: "x", dest: "/etc/sloth-none/x" });
    expect(await call("file_ops.copy", { content: "y", dest: `${here}/d/f` })).toBe("predicted: update");
    expect(await call("file_ops.lineinfile", { path: "/etc/sloth-none/x", line: "x" })).toContain("does not exist yet");
    expect(await refusal(call("file_ops.lineinfile", { path: `${here}/none`, line: "x" }))).toContain("does not exist");
  });
});

test("after a command that was not run whatever is not there may be", async () => {
  const { here, run, call } = await freshPlan();
  (await run.context.targetFor("local")).noteUnknown("exec.run 'make' is only planned");
  expect(await call("file_ops.lineinfile", { path: `${here}/none`, line: "x" })).toContain(
    "exec.run 'make' is only planned",
  );
});
