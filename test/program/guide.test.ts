import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BINARY, run, type Ran } from "../support/binary.ts";
import { guideBlocks } from "../support/guide.ts";

/*
 * The guide's command lines and Lua blocks, word for word (test/support/promise.md), by the built program in an empty directory. Blocks that need
 * packages, users, systemd or other hosts run in test/lab.
 */
const blocks = guideBlocks();
let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "sloth-guide-"));
});
afterAll(() => rmSync(home, { recursive: true }));

/** A shell line as the guide has it, in the empty directory, with sloth-runner on PATH. */
function shell(line: string): Ran {
  const path = `${home}/bin:${process.env["PATH"] ?? ""}`;
  if (!existsSync(join(home, "bin")))
    run(["sh", "-c", `mkdir -p '${home}/bin' && ln -s '${BINARY}' '${home}/bin/sloth-runner'`]);
  return run(["sh", "-c", line], {
    cwd: home,
    env: { HOME: home, PATH: path, SLOTH_RUNNER_DB: join(home, "stacks.db") },
  });
}

/** Runs the block of that heading with `before` put in front of it. */
function workflow(heading: string, options: { readonly before?: string; readonly name?: string } = {}): Ran {
  const [block] = blocks.lua(heading);
  if (block === undefined) throw new Error(`the guide has no Lua block under ${heading}`);
  const file = `${options.name ?? heading.toLowerCase().replace(/[^a-z]+/g, "-")}.lua`;
  writeFileSync(join(home, file), (options.before ?? "") + block);
  return shell(`sloth-runner run ${file}`);
}

const isRoot = process.geteuid?.() === 0;

/** What the block takes for granted, the program, and the libraries it starts with. */
function makeRoot(root: string): void {
  const libraries = run(["ldd", BINARY]).stdout.matchAll(/(\/\S+)/g);
  const files = [...libraries].map(([path]) => path).filter((path) => !path.includes("dist/"));
  const copies = files.map((path) => `install -D ${path} '${root}${path}'`);
  const directories = `mkdir -p '${root}'/src '${root}'/dst '${root}'/etc '${root}'/proc`;
  const made = run(["sh", "-c", ["set -e", directories, ...copies].join("\n")]);
  expect(made).toMatchObject({ code: 0 });
  run(["cp", BINARY, join(root, "sloth-runner")]);
  writeFileSync(join(root, "src/file"), "content\n");
  writeFileSync(join(root, "etc/config"), "a=1\nsetting=old\n");
}

describe("the guide's command lines", () => {
  test.each(["Stack Management", "State Management", "From CLI", "3. Drift Detection"])("%s", (heading) => {
    const lines = blocks
      .bash(heading)
      .flatMap((block) => block.split("\n"))
      .filter((line) => line.startsWith("sloth-runner"));
    expect(lines.length).toBeGreaterThan(0);
    if (heading === "From CLI" || heading === "3. Drift Detection") shell("sloth-runner stack new my-infrastructure");
    for (const line of lines) expect({ line, ...shell(line) }).toMatchObject({ code: 0, stderr: "" });
  });

  test("an export is JSON", () => {
    expect(JSON.parse(readFileSync(join(home, "state.json"), "utf8"))).toMatchObject({
      stack: { name: "my-infrastructure" },
    });
  });
});

describe("the guide's Lua blocks", () => {
  test("Automatic Stack Integration", () => {
    expect(workflow("Automatic Stack Integration", { name: "auto" })).toMatchObject({ code: 0 });
  });

  test("Resource Registration, twice: created, then unchanged; with another version, changed", () => {
    expect(workflow("Resource Registration").stdout).toContain("Package was installed\n");
    expect(workflow("Resource Registration").stdout).toContain("Package already installed with correct version\n");
    const file = join(home, "resource-registration.lua");
    writeFileSync(file, readFileSync(file, "utf8").replace("1.18.0", "1.20.0"));
    expect(shell("sloth-runner run resource-registration.lua").stdout).toContain("Package version was updated\n");
  });

  test("Resource State Updates", () => {
    expect(workflow("Resource State Updates")).toMatchObject({ code: 0 });
    const { stdout } = shell("sloth-runner stack list --output json");
    const { stacks } = JSON.parse(stdout) as { stacks: { name: string }[] };
    const name = stacks.find((stack) => stack.name.startsWith("resource-state-updates"))?.name ?? "";
    expect(shell(`sloth-runner stack resources ${name} --state failed`).stdout).toContain("package:nginx");
  });

  test.skipIf(!isRoot)("File Operations (as root, in a root directory of its own): copies only what differs", () => {
    const root = join(home, "root");
    makeRoot(root);
    writeFileSync(join(root, "files.lua"), blocks.lua("File Operations")[0] ?? "");
    // The mount is gone with the namespace, whatever happens.
    const enter = 'mount --bind /proc "$0/proc" && exec chroot "$0" /sloth-runner "$@"';
    const inside = (...argv: string[]): Ran =>
      run(["unshare", "-m", "sh", "-c", enter, root, ...argv, "--db", "/s.db"]);
    expect(inside("run", "files.lua").stdout).toContain("2 resources: 1 created, 1 updated");
    expect(readFileSync(join(root, "dst/file"), "utf8")).toBe("content\n");
    expect(readFileSync(join(root, "etc/config"), "utf8")).toBe("a=1\nsetting=value\n");
    expect(inside("run", "files.lua").stdout).toContain("2 resources: 2 unchanged");
  });

  test("Always Use Stack Functions", () => {
    expect(
      workflow("1. Always Use Stack Functions", { before: 'connection_string = "postgres://db"\n', name: "outputs" }),
    ).toMatchObject({ code: 0 });
  });

  test("Use Dependencies to Ensure Ordering", () => {
    const before = 'task({ name = "install", run = function() print("first") end })\n';
    expect(workflow("3. Use Dependencies to Ensure Ordering", { before, name: "order" })).toMatchObject({ code: 0 });
  });

  test("Register Custom Resources: done once, not again", () => {
    const before = 'function do_custom_setup() print("setting up") end\n';
    const options = { before, name: "custom" };
    expect(workflow("4. Register Custom Resources", options).stdout).toContain("setting up\n");
    const second = workflow("4. Register Custom Resources", options);
    expect(second.stdout).toContain("Resource already configured\n");
    expect(second.stdout).not.toContain("setting up");
  });

  test("a custom resource whose setup fails is set up again, and only then done", () => {
    const failing = { before: 'function do_custom_setup() error("disk is full") end\n', name: "failing" };
    expect(workflow("4. Register Custom Resources", failing)).toMatchObject({ code: 1 });
    const working = { before: 'function do_custom_setup() print("setting up") end\n', name: "failing" };
    expect(workflow("4. Register Custom Resources", working).stdout).toContain("setting up\n");
    expect(workflow("4. Register Custom Resources", working).stdout).toContain("Resource already configured\n");
  });

  test("From Lua", () => {
    const before =
      'stack.register_resource({ type = "package", name = "nginx", module = "pkg", properties = {} })\nstack.update_resource("package", "nginx", { state = "applied" })\n';
    const { code, stdout } = workflow("From Lua", { before, name: "query" });
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/Resource state:\tapplied\nLast applied:\t\d{4}-/),
    });
  });

  test("Conditional Resource Management: created once", () => {
    const options = { before: 'function create_database(name) print("creating " .. name) end\n', name: "database" };
    expect(workflow("Conditional Resource Management", options).stdout).toContain("creating mydb\n");
    expect(workflow("Conditional Resource Management", options).stdout).toContain("Database already exists\n");
  });
});
