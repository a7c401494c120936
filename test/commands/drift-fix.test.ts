import { describe, expect, test } from "bun:test";
import * as fs from "node:fs";
import { asRoot } from "../support/needs-root.ts";
import { siteIn } from "../support/site.ts";
import { temporaryDirectory } from "../support/temp.ts";
import { treeDigest } from "../support/tree-digest.ts";

interface Drifted {
  readonly drifted: number;
  readonly ignored: number;
  readonly resources: readonly {
    readonly address: string;
    readonly kind: string;
    readonly properties: readonly { readonly property: string }[];
  }[];
}

const EVERYTHING = `
  file_ops.directory{ path = "HERE/d", mode = "0750" }
  file_ops.copy{ content = "hello\\n", dest = "HERE/d/a", mode = "0644", owner = "root", group = "root" }
  file_ops.symlink{ src = "HERE/d/a", dest = "HERE/link" }
  file_ops.copy{ content = "x=0\\n", dest = "HERE/lines", force = false }
  file_ops.lineinfile{ path = "HERE/lines", line = "x=1", regexp = "^x=" }
  file_ops.blockinfile{ path = "HERE/lines", block = "one\\ntwo" }
  file_ops.replace{ path = "HERE/lines", regexp = "bad", replacement = "good" }
  file_ops.touch{ path = "HERE/d/touched", mtime = "2026-01-31T12:00:00Z", mode = "0600" }
  file_ops.remove{ path = "HERE/gone" }
`;

/** A change by hand, and the one line that drift has for it. */
const BY_HAND: readonly (readonly [
  what: string,
  (at: (name: string) => string) => void,
  address: string,
  properties: readonly string[],
])[] = [
  ["mode of a directory", (at) => fs.chmodSync(at("d"), 0o700), "file:HERE/d", ["mode"]],
  ["contents", (at) => fs.writeFileSync(at("d/a"), "other\n"), "file:HERE/d/a", ["content"]],
  ["mode", (at) => fs.chmodSync(at("d/a"), 0o600), "file:HERE/d/a", ["mode"]],
  ["owner", (at) => fs.chownSync(at("d/a"), 65534, 0), "file:HERE/d/a", ["owner"]],
  ["group", (at) => fs.chownSync(at("d/a"), 0, 65534), "file:HERE/d/a", ["group"]],
  ["a file that is gone", (at) => fs.rmSync(at("d/a")), "file:HERE/d/a", ["exists"]],
  [
    "where a link leads",
    (at) => (fs.rmSync(at("link")), fs.symlinkSync("/dev/null", at("link"))),
    "file:HERE/link",
    ["target"],
  ],
  ["a link that is gone", (at) => fs.rmSync(at("link")), "file:HERE/link", ["exists"]],
  ["a line", (at) => edit(at("lines"), "x=1", "x=2"), "line:HERE/lines: ^x=", ["line"]],
  ["a block", (at) => edit(at("lines"), "two", "three"), "block:HERE/lines: ", ["block"]],
  ["what was replaced", (at) => fs.appendFileSync(at("lines"), "bad\n"), "replace:HERE/lines: bad", ["unreplaced"]],
  ["a time", (at) => fs.utimesSync(at("d/touched"), 1, 1), "file:HERE/d/touched", ["mtime"]],
  ["what should be absent", (at) => fs.writeFileSync(at("gone"), ""), "file:HERE/gone", ["exists"]],
];

function edit(path: string, from: string, to: string): void {
  fs.writeFileSync(path, fs.readFileSync(path, "utf8").replace(from, to));
}

describe("a change by hand is one drift line with the right property, and none after --fix", () => {
  for (const [what, change, address, properties] of BY_HAND) {
    asRoot(what, async () => {
      const root = temporaryDirectory();
      const site = siteIn(root);
      expect(await site.run(EVERYTHING)).toMatchObject({ code: 0 });
      const before = treeDigest(site.at("d"));
      const lines = fs.readFileSync(site.at("lines"), "utf8");
      expect((await site.document("drift")) as Drifted).toMatchObject({ drifted: 0 });

      change(site.at);
      const { resources, drifted } = (await site.document("drift")) as Drifted;
      expect(drifted).toBe(1);
      const [found] = resources.filter(({ kind }) => kind !== "ok");
      expect(found?.address).toStartWith(address.replace("HERE", root));
      expect(found?.properties.map(({ property }) => property)).toEqual([...properties]);

      const fixed = await site.stack("drift", "--fix --yes");
      expect(fixed).toMatchObject({ code: 0 });
      expect((await site.document("drift")) as Drifted).toMatchObject({ drifted: 0 });
      expect(treeDigest(site.at("d"))).toBe(before);
      if (what !== "what was replaced") expect(fs.readFileSync(site.at("lines"), "utf8")).toBe(lines);
      expect(await site.stack("verify")).toMatchObject({ code: 0 });
    });
  }
});

describe("--fix", () => {
  test("shows its plan, asks on a terminal, and without one needs --yes", async () => {
    const site = siteIn(temporaryDirectory());
    await site.run('file_ops.copy{ content = "right", dest = "HERE/a" }');
    fs.writeFileSync(site.at("a"), "wrong");
    expect(await site.stack("drift", "--fix --dry-run")).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/would be updated/),
    });
    expect(await site.stack("drift", "--fix")).toMatchObject({
      code: 64,
      stdout: expect.stringMatching(/would be updated/),
      stderr: expect.stringMatching(/--yes/),
    });
    expect(await site.stack("drift", "--fix", "n")).toMatchObject({ code: 1 });
    expect(fs.readFileSync(site.at("a"), "utf8")).toBe("wrong");
    expect(await site.document("history")).toMatchObject({ runs: [{ number: 1 }] });
    expect(await site.stack("drift", "--fix", "y")).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/Put back 1 resource\? \[y\/N\]/),
    });
    expect(fs.readFileSync(site.at("a"), "utf8")).toBe("right");
    expect(await site.stack("drift", "--fix --yes")).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^1 resource: 1 unchanged/),
    });
    expect(await site.document("history", "")).toMatchObject({
      runs: [{ number: 2, status: "ok", command: expect.stringMatching(/^stack drift site --fix/) }, { number: 1 }],
    });
  });

  test("owes what it changed to the next run of the stack, once", async () => {
    const site = siteIn(temporaryDirectory());
    const lua = 'if file_ops.copy{ content = "right", dest = "HERE/a" }.changed then print("restart") end';
    expect((await site.run(lua)).stdout).toContain("restart");
    fs.writeFileSync(site.at("a"), "wrong");
    expect(await site.stack("drift", "--fix --yes")).toMatchObject({ code: 0 });
    expect((await site.run(lua)).stdout).toContain("restart");
    expect((await site.run(lua)).stdout).not.toContain("restart");
  });

  test("uses the declaration that stated a property last, and makes what is gone by all of them", async () => {
    const site = siteIn(temporaryDirectory());
    await site.run(
      'file_ops.copy{ content = "x", dest = "HERE/a", mode = "0644" }\nfile_ops.attributes{ path = "HERE/a", mode = "0600" }',
    );
    for (const change of [() => fs.chmodSync(site.at("a"), 0o777), () => fs.rmSync(site.at("a"))]) {
      change();
      expect(await site.stack("drift", "--fix --yes")).toMatchObject({ code: 0 });
      expect(fs.statSync(site.at("a")).mode & 0o777).toBe(0o600);
      expect(await site.document("drift")).toMatchObject({ drifted: 0 });
    }
  });

  test("makes nothing anew of which it knows a part alone, and says so in its plan", async () => {
    const site = siteIn(temporaryDirectory());
    fs.mkdirSync(site.at("d"));
    for (const name of ["lines", "block", "made"]) fs.writeFileSync(site.at(name), "first\n", { mode: 0o600 });
    await site.run(`
      file_ops.lineinfile{ path = "HERE/lines", line = "second" }
      file_ops.blockinfile{ path = "HERE/block", block = "second" }
      file_ops.touch{ path = "HERE/d/touched", mtime = "2026-01-31T12:00:00Z" }
      file_ops.lineinfile{ path = "HERE/made", line = "second", create = true }
      file_ops.copy{ content = "whole\\n", dest = "HERE/whole" }
      file_ops.lineinfile{ path = "HERE/whole", line = "second", insertbefore = "BOF" }`);
    for (const name of ["lines", "block", "made", "d", "whole"]) fs.rmSync(site.at(name), { recursive: true });
    for (const [flags, missing] of [
      ["--dry-run", ["lines", "block"]],
      ["--yes", ["lines", "block", "d"]],
    ] as const) {
      const ran = await site.stack("drift", `--fix ${flags}`);
      expect(ran).toMatchObject({ code: 1, stdout: expect.stringContaining(`, ${missing.length} failed`) });
      for (const name of missing) expect(ran.stderr).toMatch(new RegExp(`/${name} does not exist`));
    }
    expect(["lines", "block", "d", "made", "whole"].map((name) => fs.existsSync(site.at(name)))).toEqual([
      false,
      false,
      false,
      true,
      true,
    ]);
    expect(fs.readFileSync(site.at("whole"), "utf8")).toBe("second\nwhole\n");
  });

  test("says where it needs the workflow, and puts back all else", async () => {
    const site = siteIn(temporaryDirectory());
    const large = 'string.rep("x", 5 * 1024 * 1024)';
    await site.run(
      `file_ops.copy{ content = ${large}, dest = "HERE/large" }
       file_ops.copy{ content = "geheim", dest = "HERE/secret", sensitive = true }
       file_ops.copy{ content = "x", dest = "HERE/small" }`,
    );
    for (const name of ["large", "secret", "small"]) fs.writeFileSync(site.at(name), "other");
    const ran = await site.stack("drift", "--fix --yes");
    expect(ran).toMatchObject({ code: 1 });
    expect(ran.stderr).toMatch(/large: its contents are not kept in the record; it needs the workflow/);
    expect(ran.stderr).toMatch(/secret: it is sensitive, so its value is not in the record; it needs the workflow/);
    expect(fs.readFileSync(site.at("small"), "utf8")).toBe("x");
    expect(fs.readFileSync(site.at("large"), "utf8")).toBe("other");
    expect(JSON.stringify(await site.document("history", "2"))).not.toContain("geheim");
  });
});

test("a secret line cannot be looked at without its workflow, which is told and no alarm", async () => {
  const site = siteIn(temporaryDirectory());
  await site.run('file_ops.lineinfile{ path = "HERE/a", line = "geheim", create = true, sensitive = true }');
  const { drifted, resources } = (await site.document("drift")) as Drifted;
  expect({ drifted, kinds: resources.map(({ kind }) => kind) }).toEqual({ drifted: 0, kinds: ["unknown"] });
  expect((await site.stack("drift")).stdout).toMatch(/it is sensitive, so only its workflow can look at it/);
});

describe("--ignore", () => {
  const rules = (rule: object) => JSON.stringify({ ignore: [{ reason: "known", ...rule }] });

  test("mutes the alarm by resource and property, counts it, and tells a rule that has expired", async () => {
    const site = siteIn(temporaryDirectory());
    await site.run('file_ops.copy{ content = "x", dest = "HERE/a", mode = "0644" }');
    fs.chmodSync(site.at("a"), 0o600);
    const drift = (rule: object) => {
      fs.writeFileSync(site.at("rules.json"), rules(rule));
      return site.stack("drift", `--detailed-exitcode --ignore ${site.at("rules.json")}`);
    };
    expect(await drift({ resource: "file:*/a", property: "mode" })).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/ignored: known[\s\S]*1 resource: 0 as left, 1 ignored/),
    });
    expect((await site.stack("resources", "--state drift")).stdout).toContain("/a");
    expect(await drift({ resource: "file:*/a", property: "content" })).toMatchObject({ code: 2 });
    expect(await drift({ resource: "file:/other*" })).toMatchObject({ code: 2 });
    expect(await drift({ resource: "*", expires: "2020-01-01" })).toMatchObject({
      code: 2,
      stdout: expect.stringMatching(/the rule for \* \(known\) has expired on 2020-01-01/),
    });
    expect(await drift({ resource: "*", expires: "2999-01-01" })).toMatchObject({ code: 0 });
  });

  test("--fix leaves what a rule names, and puts back all else of the same resource", async () => {
    const site = siteIn(temporaryDirectory());
    await site.run(`
      file_ops.copy{ content = "x", dest = "HERE/a", mode = "0644" }
      file_ops.attributes{ path = "HERE/a", mode = "0640" }
      file_ops.directory{ path = "HERE/d", mode = "0755" }`);
    fs.writeFileSync(site.at("a"), "other");
    fs.chmodSync(site.at("a"), 0o600);
    fs.chmodSync(site.at("d"), 0o700);
    fs.writeFileSync(site.at("rules.json"), rules({ resource: "*", property: "mode" }));
    const ignoring = `--ignore ${site.at("rules.json")}`;
    expect((await site.stack("drift", ignoring)).stdout).toMatch(/mode: expected 0640, is 0600 \(ignored: known\)/);
    for (const [code, counted] of [
      [0, /2 resources: 1 updated, 1 unchanged/],
      [0, /^2 resources: 2 unchanged/],
    ] as const)
      expect(await site.stack("drift", `--fix --yes ${ignoring}`)).toMatchObject({
        code,
        stdout: expect.stringMatching(counted),
      });
    expect([fs.readFileSync(site.at("a"), "utf8"), fs.statSync(site.at("a")).mode & 0o777]).toEqual(["x", 0o600]);
    expect(fs.statSync(site.at("d")).mode & 0o777).toBe(0o700);
    expect((await site.stack("resources", "--state drift")).stdout).toContain("/a");
    expect(await site.stack("drift", "--fix --yes")).toMatchObject({ code: 0 });
    expect([fs.statSync(site.at("a")).mode & 0o777, fs.statSync(site.at("d")).mode & 0o777]).toEqual([0o640, 0o755]);
  });

  test.each([
    ["[]", /expected a list 'ignore'|not a table/],
    ['{"ignore": [{"resource": "*"}]}', /rule 1: needs 'resource' and 'reason'/],
    ['{"ignore": [{"resource": "*", "reason": "x", "expire": "2030-01-01"}]}', /unknown field 'expire'/],
    ['{"ignore": [{"resource": "*", "reason": "x", "expires": "soon"}]}', /expected a day/],
  ])("refuses %s", async (text, message) => {
    const site = siteIn(temporaryDirectory());
    await site.run("");
    fs.writeFileSync(site.at("rules.json"), text);
    expect(await site.stack("drift", `--ignore ${site.at("rules.json")}`)).toMatchObject({
      code: 65,
      stderr: expect.stringMatching(message),
    });
  });
});
