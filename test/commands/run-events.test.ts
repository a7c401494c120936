import { expect, test } from "bun:test";
import Ajv from "ajv";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import schema from "../../docs/events.schema.json" with { type: "json" };
import { runLine } from "../support/command-line.ts";
import { temporaryDirectory } from "../support/temporary.ts";

/** Makes every kind of event there is. */
const workflow = `
workflow{ name = "events" }
local root = values.root
print("top", values.token)
task{ name = "files", run = function()
  file_ops.directory{ path = root .. "/out", mode = "0755" }
  file_ops.copy{ content = "one\\n" .. (values.more or ""), dest = root .. "/out/a", mode = "0644" }
  file_ops.copy{ content = values.token, dest = root .. "/out/token", mode = "0600" }
  file_ops.remove{ path = root .. "/never" }
  exec.run{ cmd = "echo out; echo err >&2", creates = root .. "/made" }
  log.info("message", { number = 1, list = { 1, 2.5, "x" }, big = 9007199254740993, bytes = "\\xff" })
  pcall(file_ops.copy, { src = root .. "/nope", dest = root .. "/b" })
end }
task{ name = "guess", depends_on = "files", run = function()
  local made = exec.run{ cmd = "echo x" }
  print(made.stdout)
end }
task{ name = "unneeded", when = function() return false end, run = function() end }
task{ name = "failing", retries = 1, retry_delay = "1ms", run = function() error("no") end }
task{ name = "never", depends_on = "failing", run = function() end }
`;

test("every event of real runs and plans is as the schema says, and none holds a secret", async () => {
  const valid = new Ajv({ strict: false }).compile(schema);
  using directory = temporaryDirectory();
  const root = directory.path;
  writeFileSync(join(root, "site.lua"), workflow);
  writeFileSync(join(root, "token"), "hunter22\n");
  const line = (mode: string, ...more: string[]) =>
    runLine(
      [
        [mode, join(root, "site.lua"), "--db", join(root, "x.db"), "--output", "json", "--diff"],
        ["--set", `root=${root}`, "--set", `token=@${join(root, "token")}`, more],
      ].flat(2),
    );

  const seen = new Set<unknown>();
  for (const [mode, ...more] of [["plan"], ["run"], ["run", "--set", "more=two"], ["plan"]] as const) {
    const { stdout, stderr, code } = await line(mode, ...more);
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
    expect(stdout).not.toContain("hunter22");
    const events: unknown[] = stdout
      .trimEnd()
      .split("\n")
      .map((text) => JSON.parse(text));
    for (const event of events) {
      if (!valid(event)) expect({ event, errors: valid.errors }).toEqual({ event, errors: [] });
      if (typeof event === "object" && event !== null && "type" in event) seen.add(event.type);
    }
    expect(events.at(-1)).toMatchObject({ type: "run_done", ok: false });
  }
  const all = schema.oneOf.map((one) => one.properties.type.const);
  expect(all.filter((type) => !seen.has(type))).toEqual(["interrupted_run", "notice", "mistake", "progress", "error"]);
});

test("a run begins with its tasks and what each depends on", async () => {
  using directory = temporaryDirectory();
  const graph = [
    { name: "files", dependsOn: [] },
    { name: "web", dependsOn: ["files"] },
  ];
  const tasks = `task{ name = "web", depends_on = "files", run = function() end }\ntask{ name = "files", run = function() end }`;
  const eventsOf = async (name: string, text: string): Promise<readonly unknown[]> => {
    const file = join(directory.path, name);
    writeFileSync(file, text);
    const { stdout } = await runLine(["run", file, "--db", join(directory.path, "x.db"), "--output", "json"]);
    return stdout
      .trimEnd()
      .split("\n")
      .map((line): unknown => JSON.parse(line));
  };
  expect((await eventsOf("quiet.lua", `workflow{ name = "quiet" }\n${tasks}`))[0]).toMatchObject({
    type: "run_started",
    tasks: graph,
  });
  const spoken = await eventsOf("spoken.lua", `workflow{ name = "spoken" }\nprint("first")\n${tasks}`);
  expect(spoken.slice(0, 4)).toMatchObject([
    { type: "run_started", tasks: [] },
    { type: "task_started", task: "main" },
    { type: "output" },
    { type: "tasks_known", tasks: graph },
  ]);
});
