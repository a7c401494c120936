import { expect, test } from "bun:test";
import { peers } from "../../../scripts/bench/tools.ts";
import { ours } from "../../../scripts/bench/tools/ours.ts";
import { kinds, scriptFor, secondsFor, versionIn, type Tool } from "../../../scripts/bench/tools/tool.ts";

test("we can say every kind, and a script has each once, in order", () => {
  const counts = Object.fromEntries(kinds.map((kind) => [kind, 2]));
  expect(scriptFor(ours, counts, "/d")?.text.match(/\w+\.\w+\{/g)).toEqual([
    "file_ops.directory{",
    "pkg.install{",
    "group.create{",
    "user.ensure{",
    "file_ops.copy{",
    "file_ops.template{",
    "file_ops.lineinfile{",
    "file_ops.lineinfile{",
    "file_ops.symlink{",
    "systemd.ensure{",
  ]);
});

test("a tool is not asked for what it cannot say", () => {
  const mute: Tool = { ...ours, says: {} };
  expect(scriptFor(mute, { copies: 1 }, "/d")).toBeUndefined();
  expect(scriptFor(ours, { copies: 1, packages: 0 }, "/d")?.text).not.toContain("pkg");
});

test("what a run would take is known before, and what grows too fast takes for ever", () => {
  const tool: Tool = { ...ours, seconds: { copies: 0.5 }, most: 100 };
  expect(secondsFor(tool, { copies: 100, links: 5 })).toBe(50);
  expect(secondsFor(tool, { copies: 101 })).toBe(Infinity);
});

test("each peer has a name, a way to be installed, and copies", () => {
  expect(new Set(peers.map(({ name }) => name)).size).toBe(peers.length);
  for (const peer of peers) expect(scriptFor(peer, { copies: 3 }, "/d")?.text).toContain("/d/dest/f");
  expect(versionIn("ansible-playbook [core 2.19.1]\n  config file = None")).toBe("2.19.1");
});
