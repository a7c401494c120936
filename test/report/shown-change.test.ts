import { expect, test } from "bun:test";
import fc from "fast-check";
import { shownChange, shownDrift } from "../../src/report/shown-change.ts";

const key = (name: string, body = "A".repeat(300)): string => `ssh-rsa ${body} ${name}`;

test("short values are shown whole", () => {
  expect(shownChange("0600", "0644")).toBe("0600 -> 0644");
  expect(shownChange(["docker"], ["docker", "www"])).toBe('["docker"] -> ["docker","www"]');
  expect(shownDrift(null, "x")).toBe("expected (none), is x");
});

test("of long lists, what came and what went", () => {
  const change = shownChange([key("ana@h"), key("bea@h")], [key("bea@h"), key("cyd@h"), "a"]);
  expect(change).toMatch(/^\+ "ssh-rsa A+…A+ cyd@h", \+ a, - "ssh-rsa A+…A+ ana@h"$/);
  expect(shownDrift([key("ana@h")], [key("bea@h")])).toMatch(
    /^lacks "ssh-rsa .* ana@h", has besides "ssh-rsa .* bea@h"$/,
  );
  const many = Array.from({ length: 20 }, (_, index) => key(`user${index}`));
  expect(shownChange(many, [])).toMatch(/user7", - 12 more$/);
});

test("the same items in another order", () => {
  const [one, other] = [key("ana@h", "A".repeat(200)), key("bea@h", "A".repeat(200))];
  const [before, after] = shownChange([one, other], [other, one]).split(" -> ");
  expect(before).not.toBe(after);
});

test("a longer one twice is one more", () => {
  expect(shownChange([key("a")], [key("a"), key("a")])).toMatch(/^\+ "ssh-rsa .* a"$/);
});

test("law: two texts or lists that differ are never shown alike", () => {
  const text = fc.string({ maxLength: 400, unit: fc.constantFrom("a", "b") });
  const value = fc.oneof(text, fc.array(text, { maxLength: 6 }));
  const differs = (a: unknown, b: unknown): boolean => JSON.stringify(a) !== JSON.stringify(b);
  fc.assert(
    fc.property(fc.constantFrom("x".repeat(300), ""), value, value, (begin, one, other) => {
      const grown = (it: string | string[]) => (typeof it === "string" ? begin + it : it.map((item) => begin + item));
      const [from, to] = [grown(one), grown(other)];
      fc.pre(differs(from, to) && Array.isArray(from) === Array.isArray(to));
      const [before, after] = shownChange(from, to).split(" -> ");
      expect(after === undefined ? /^[-+] /.test(before ?? "") : before !== after).toBe(true);
    }),
    { seed: 20, numRuns: 300 },
  );
});
