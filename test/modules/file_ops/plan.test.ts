import { expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import type { AnyResource } from "../../../src/engine/resource.ts";
import type { ValueObject } from "../../../src/base/value.ts";
import { SlothError } from "../../../src/base/errors.ts";
import { fileOps } from "../../../src/modules/file_ops/index.ts";
import { bench, declare, type Bench } from "../../support/declare.ts";
import { treeDigest } from "../../support/tree-digest.ts";
import { temporaryDirectory } from "./_temporary.ts";

interface Call {
  readonly verb: string;
  readonly args: ValueObject;
}

const name = fc.constantFrom("a", "b", "d", "d/a", "d/e", "d/e/f");
const mode = fc.constantFrom(undefined, "0644", "0600", "u+x", "go=", "a+rX");
const text = fc.constantFrom("", "one\n", "one\ntwo\n", "two", "x=1\ny=2\n");
const flag = fc.boolean();

function call(
  verb: string,
  fields: Readonly<Record<string, fc.Arbitrary<ValueObject[string] | undefined>>>,
): fc.Arbitrary<Call> {
  return fc.record(fields).map((args) => {
    const given = Object.entries(args).filter(([, value]) => value !== undefined);
    return { verb, args: Object.fromEntries(given) as ValueObject };
  });
}

const anyCall = fc.oneof(
  call("copy", { content: text, dest: name, mode, force: flag, follow: flag }),
  call("template", {
    content: fc.constantFrom("{{ v }}\n", "{% for i in [1, 2] %}{{ i }}{% endfor %}"),
    dest: name,
    vars: fc.constant({ v: "V" }),
  }),
  call("directory", { path: name, mode, recurse: flag }),
  call("lineinfile", { path: name, line: fc.constantFrom("one", "three"), create: flag, mode }),
  call("lineinfile", { path: name, line: fc.constantFrom("one", "x=1"), state: fc.constant("absent") }),
  call("blockinfile", { path: name, block: fc.constantFrom("", "block\n"), create: flag, prepend_newline: flag }),
  call("replace", { path: name, regexp: fc.constantFrom("one", "^x=.*$"), replacement: fc.constantFrom("ONE", "") }),
  call("attributes", { path: name, mode: fc.constantFrom("0640", "u+x,o="), recurse: flag, follow: flag }),
  call("symlink", { src: fc.constantFrom("a", "d", "nowhere"), dest: name, force: flag }),
  call("hardlink", { src: name, dest: name, force: flag }),
  call("touch", { path: name, mode }),
  call("remove", { path: name }),
);

/** What one call tells: its outcome, or the code of its error. */
async function tell({ verb, args }: Call, root: string, on: Bench): Promise<string> {
  const type = fileOps.functions.find((each) => each.name === `file_ops.${verb}`);
  if (type?.form !== "resource") throw new Error(verb);
  const rooted = Object.entries(args).map(([key, value]) => {
    const isPath = key === "path" || key === "dest" || (key === "src" && verb === "hardlink");
    return [key, isPath && typeof value === "string" ? join(root, value) : value];
  });
  return outcome(type, Object.fromEntries(rooted) as ValueObject, on, root);
}

async function outcome(type: AnyResource, args: ValueObject, on: Bench, root: string): Promise<string> {
  try {
    const { action, changes } = await declare(type, args, on);
    return JSON.stringify({ type: type.name, action, changes }).replaceAll(root, "");
  } catch (error) {
    if (error instanceof SlothError) return `${type.name} ${error.code}`;
    throw error;
  }
}

test("for any calls in any order, plan tells what run does, touches nothing, and each call settles", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyCall, { minLength: 1, maxLength: 8 }), async (calls) => {
      using directory = temporaryDirectory();
      mkdirSync(directory.file("d"));
      directory.file("a", "one\n");
      directory.file("d/a", "x=1\n");
      const before = treeDigest(directory.path);
      const planned = bench("plan");
      const foretold: string[] = [];
      for (const each of calls) foretold.push(await tell(each, directory.path, planned));
      expect(treeDigest(directory.path)).toEqual(before);
      const real = bench("apply");
      for (const [index, each] of calls.entries()) {
        expect(await tell(each, directory.path, real)).toBe(foretold[index] ?? "");
        if (foretold[index]?.startsWith("{"))
          expect(await tell(each, directory.path, real)).toContain('"action":"none"');
      }
    }),
    { numRuns: 100 },
  );
});
