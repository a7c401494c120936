import { describe, expect, test } from "bun:test";
import { LinkGuard } from "../../../src/system/files/link-guard.ts";

const [ROOT, ANA, BOB] = [0, 1000, 2000];

/** What becomes of a link of `owner` in a directory, when it leads to what `target` owns and root walks. */
function walk(directory: { uid: number; mode: number }, owner: number, target: number, euid = ROOT): string {
  const guard = new LinkGuard(euid);
  try {
    guard.follow(directory, { uid: owner }, "/x", 1);
    // On the way through somebody else's directories, not there yet.
    guard.arrive({ uid: 4711 }, 2);
    guard.arrive({ uid: target }, 1);
    return "followed";
  } catch (error) {
    return error instanceof Error ? error.message : "";
  }
}

describe("a link is followed", () => {
  const cases: readonly (readonly [string, Parameters<typeof walk>])[] = [
    ["in a directory only root writes, whoever owns it", [{ uid: ROOT, mode: 0o755 }, ANA, BOB]],
    ["that is root's, also in /tmp", [{ uid: ROOT, mode: 0o1777 }, ROOT, BOB]],
    ["that is root's, also in somebody's home", [{ uid: ANA, mode: 0o755 }, ROOT, ROOT]],
    ["in somebody's home to what is theirs", [{ uid: ANA, mode: 0o755 }, ANA, ANA]],
    ["that is our own, wherever we are not root", [{ uid: ROOT, mode: 0o1777 }, ANA, BOB, ANA]],
  ];
  for (const [title, call] of cases) test(title, () => expect(walk(...call)).toBe("followed"));
});

describe("a link is refused", () => {
  const planted = "/x is a link of uid 1000 in a directory open to all";
  const cases: readonly (readonly [string, Parameters<typeof walk>, string])[] = [
    ["in /tmp that somebody else made", [{ uid: ROOT, mode: 0o1777 }, ANA, ANA], planted],
    ["to root's files from somebody's home", [{ uid: ANA, mode: 0o755 }, ANA, ROOT], "to a directory of uid 0"],
    ["to another's files from somebody's home", [{ uid: ANA, mode: 0o755 }, ANA, BOB], "to a directory of uid 2000"],
    [
      "to root's from a directory anybody may change",
      [{ uid: ROOT, mode: 0o777 }, ANA, ROOT],
      "to a directory of uid 0",
    ],
    ["of somebody else to our own, we not being root", [{ uid: BOB, mode: 0o755 }, BOB, ANA, ANA], "of uid 1000"],
  ];
  for (const [title, call, message] of cases) test(title, () => expect(walk(...call)).toContain(message));
});

test("more links than the kernel follows are a circle", () => {
  const guard = new LinkGuard(ROOT);
  const follow = (): void => guard.follow({ uid: ROOT, mode: 0o755 }, { uid: ROOT }, "/x", 0);
  for (let i = 0; i < 40; i++) follow();
  expect(follow).toThrow(expect.objectContaining({ code: "ELOOP" }));
});
