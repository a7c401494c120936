import { expect, test } from "bun:test";
import { typesOf } from "../../src/engine/undo/find-drift.ts";
import { modules } from "../../src/modules/registry.ts";
import { fileCases } from "./file-cases.ts";
import { hostCases } from "./host-cases.ts";

test("every resource type has a case that it conforms to", () => {
  const cases = [...Object.keys(fileCases("", "")), ...Object.keys(hostCases)];
  expect(cases.toSorted()).toEqual([...typesOf(modules).keys()].toSorted());
});
