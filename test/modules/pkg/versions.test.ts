import { expect, test } from "bun:test";
import fc from "fast-check";
import { bestMatch, matchesVersion } from "../../../src/modules/pkg/_versions.ts";

test.each([
  ["20.10.0", "5:20.10.0~3-0", true],
  ["20.10.0", "5:20.10.0~3-0~debian-bookworm", true],
  ["5:20.10.0", "5:20.10.0~3-0", true],
  ["4:20.10.0", "5:20.10.0~3-0", false],
  ["1.22.1", "1.22.1-9+deb12u2", true],
  ["1.22.1-9", "1.22.1-9+deb12u2", true],
  ["1.22.1-9", "1.22.1-10", false],
  ["1.22", "1.22.1-9", false],
  ["1.0", "1.0+dfsg-1", true],
  ["2.0", "2.0~rc1-1", false],
  ["2.0~rc1", "2.0~rc1-1", true],
  ["20.10", "20.10.0-1", false],
  ["2", "1:2.0-1", false],
  ["1.36.1", "1.36.1-r5", true],
])("%s asked, %s there: %p", (asked, there, expected) => {
  expect(matchesVersion(asked, there)).toBe(expected);
});

test("a version matches itself, and what adds an epoch or a revision to it", () => {
  const version = fc.stringMatching(/^[0-9]+(\.[0-9]+){0,3}$/);
  fc.assert(
    fc.property(version, fc.nat(9), fc.stringMatching(/^[0-9][0-9a-z.]*$/), (upstream, epoch, revision) => {
      const full = `${epoch}:${upstream}-${revision}`;
      expect(matchesVersion(upstream, upstream)).toBe(true);
      expect(matchesVersion(upstream, full)).toBe(true);
      expect(matchesVersion(full, full)).toBe(true);
      expect(matchesVersion(`${epoch + 1}:${upstream}`, full)).toBe(false);
    }),
  );
});

test("of several that match, exactly the one asked for wins, then the best", () => {
  const versions = ["2:1.0+dfsg1-2", "1.0+dfsg1-1", "1:1.0", "1.0-1"];
  expect(bestMatch("1.0", versions)).toBe("1:1.0");
  expect(bestMatch("1.0", ["1.0+dfsg1-1", "1.0"])).toBe("1.0");
  expect(bestMatch("1.0+dfsg1", versions)).toBe("2:1.0+dfsg1-2");
  expect(bestMatch("1.1", versions)).toBe(undefined);
});
