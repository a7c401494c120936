import { expect, test } from "bun:test";
import { octal } from "../../../src/engine/call/path-facts.ts";
import { resolveMode } from "../../../src/modules/_files/mode.ts";

// What GNU chmod 9.1 makes of each.
const CASES: readonly (readonly [mode: string, before: number, directory: boolean, umask: number, after: string])[] = [
  ["0644", 0o777, false, 0o022, "0644"],
  ["755", 0, false, 0o022, "0755"],
  ["u+x", 0o644, false, 0o022, "0744"],
  ["+x", 0o644, false, 0o027, "0754"],
  ["g-w", 0o664, false, 0o022, "0644"],
  ["o=", 0o755, false, 0o022, "0750"],
  ["a=rX", 0o600, false, 0o022, "0444"],
  ["a=rX", 0o700, false, 0o022, "0555"],
  ["a=rX", 0o600, true, 0o022, "0555"],
  ["u=rw,go=r", 0o777, false, 0o022, "0644"],
  ["g=u", 0o740, false, 0o022, "0770"],
  ["g+u,o=g", 0o700, false, 0o022, "0777"],
  ["u+s,g+s,+t", 0o755, false, 0o022, "7755"],
  ["u=rwx", 0o4755, false, 0o022, "0755"],
  ["o+s,u+t", 0o644, false, 0o022, "0644"],
  ["a+rwx-w", 0o000, false, 0o022, "0555"],
  ["ug=rw,o-rwx", 0o4755, false, 0o022, "0660"],
];

for (const [mode, before, directory, umask, after] of CASES) {
  test(`${mode} of ${octal(before)}${directory ? " of a directory" : ""} under ${octal(umask)} is ${after}`, () => {
    expect(octal(resolveMode(mode, () => ({ bits: before, directory, umask })))).toBe(after);
  });
}

test("a mode above 7777 is refused", () => {
  expect(() => resolveMode("10644", () => ({ bits: 0, directory: false, umask: 0 }))).toThrow("larger than 7777");
});
