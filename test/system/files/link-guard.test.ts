import { describe, expect, test } from "bun:test";
import { LinkGuard } from "../../../src/system/files/link-guard.ts";

const [ROOT, ANA, BOB] = [0, 1000, 2000];
type Directory = { readonly uid: number; readonly mode: number };

/** What becomes of a link of `owner` in the last of these directories, when it leads to what `target` owns and root walks. */
function walk(way: Directory | readonly Directory[], owner: number, target: number, euid = ROOT): string {
  const guard = new LinkGuard(euid);
  const directories = [way].flat();
  const last = directories.at(-1) ?? { uid: ROOT, mode: 0o755 };
  try {
    directories.forEach((each, index) => {
      const next = directories[index + 1];
      if (next !== undefined) guard.pass(each, next);
    });
    guard.follow(last, { uid: owner }, "/x", 1);
    // On the way through somebody else's directories, not there yet.
    guard.arrive({ uid: 4711, mode: 0o755, isDirectory: true }, 2);
    guard.arrive({ uid: target, mode: 0o755, isDirectory: true }, 1);
    return "followed";
  } catch (error) {
    return error instanceof Error ? error.message : "";
  }
}

const roots: Directory = { uid: ROOT, mode: 0o755 };
const home: Directory = { uid: ANA, mode: 0o755 };
const tmp: Directory = { uid: ROOT, mode: 0o1777 };
const groups: Directory = { uid: ROOT, mode: 0o2775 };

describe("a link is followed", () => {
  const cases: readonly (readonly [string, Parameters<typeof walk>])[] = [
    ["that is root's, where only root writes", [roots, ROOT, BOB]],
    ["of somebody, where only root writes, to what is theirs", [roots, ANA, ANA]],
    ["in somebody's home to what is theirs", [home, ANA, ANA]],
    ["that is root's, in somebody's home to what is theirs", [home, ROOT, ANA]],
    ["in a home its owner's group writes to, to what is the owner's", [{ uid: ANA, mode: 0o775 }, ANA, ANA]],
    ["that is root's, below /tmp in a directory of root's", [[tmp, roots], ROOT, BOB]],
    ["in our own directory, wherever we are not root", [home, ANA, BOB, ANA]],
    ["in our own directory that a group writes to, to what is ours", [{ uid: ANA, mode: 0o775 }, ANA, ANA, ANA]],
  ];
  for (const [title, call] of cases) test(title, () => expect(walk(...call)).toBe("followed"));
});

describe("a link is refused", () => {
  const cases: readonly (readonly [string, Parameters<typeof walk>, string])[] = [
    ["in /tmp, whoever made it", [tmp, ANA, ANA], "/x is a link of uid 1000 in a directory open to all"],
    ["in /tmp that is root's: it may have been moved there", [tmp, ROOT, ROOT], "in a directory open to all"],
    [
      "of somebody to what is not theirs, where only root writes",
      [roots, ANA, ROOT],
      "of uid 1000 to a directory of uid 0",
    ],
    ["to root's files from somebody's home", [home, ANA, ROOT], "of uid 1000 to a directory of uid 0"],
    ["that is root's, to root's files from somebody's home", [home, ROOT, ROOT], "that uid 1000 can exchange"],
    ["to another's files from somebody's home", [home, ANA, BOB], "to a directory of uid 2000"],
    ["below somebody's home, in a directory of root's", [[home, roots], ROOT, ROOT], "that uid 1000 can exchange"],
    ["in a directory that a group of root's may change", [groups, ANA, ROOT], "that others can exchange"],
    ["below such a directory", [[groups, roots], ROOT, ROOT], "that others can exchange"],
    ["in a directory anybody may change", [{ uid: ROOT, mode: 0o777 }, ANA, ANA], "open to all"],
    ["below the directories of two others", [[home, { uid: BOB, mode: 0o755 }], BOB, BOB], "others can exchange"],
    ["of somebody else to our own, we not being root", [{ uid: BOB, mode: 0o755 }, BOB, ANA, ANA], "of uid 2000"],
  ];
  for (const [title, call, message] of cases) test(title, () => expect(walk(...call)).toContain(message));
});

test("from where a user's link led on, only his own directories are passed", () => {
  const guard = new LinkGuard(ROOT);
  guard.follow(home, { uid: ANA }, "/x", 2);
  guard.arrive({ ...roots, isDirectory: true }, 4);
  guard.arrive({ ...home, isDirectory: true }, 2);
  guard.arrive({ ...home, isDirectory: true }, 1);
  guard.arrive({ ...roots, isDirectory: false }, 0);
  expect(() => guard.arrive({ ...roots, isDirectory: true }, 0)).toThrow("to a directory of uid 0");
});

test("more links than the kernel follows are a circle", () => {
  const guard = new LinkGuard(ROOT);
  const follow = (): void => guard.follow(roots, { uid: ROOT }, "/x", 0);
  for (let i = 0; i < 40; i++) follow();
  expect(follow).toThrow(expect.objectContaining({ code: "ELOOP" }));
});
