import { chmodSync, readdirSync, unlinkSync } from "node:fs";
import { join } from "node:path";

export interface Step {
  readonly name: string;
  /** Split at blanks; HERE is the directory. */
  readonly line: string;
  /** Files that are written before. */
  readonly write?: Readonly<Record<string, string>> | undefined;
  readonly before?: ((cwd: string) => void) | undefined;
}

/** Commands over so many things, in an order in which each finds what it needs. */
export interface Scene {
  readonly name: string;
  readonly steps: (size: number) => readonly Step[];
}

export const scenes: readonly Scene[] = [
  { name: "files", steps: files },
  { name: "lines of files", steps: lines },
  { name: "chained tasks", steps: chain },
  { name: "registrations and keys", steps: registrations },
];

function files(size: number): readonly Step[] {
  const write = (content: string) => ({
    "site.lua": `workflow{ name = "site", stack = "site" }
local here = os.getenv("HERE")
file_ops.directory{ path = here .. "/f" }
for i = 1, ${size} do file_ops.copy{ content = "${content} " .. i, dest = here .. "/f/" .. i, mode = "0644" } end
`,
  });
  return [
    { name: "plan of what is not there", line: "plan site.lua", write: write("one") },
    { name: "first run", line: "run site.lua" },
    { name: "check", line: "check site.lua" },
    { name: "unchanged run", line: "run site.lua" },
    { name: "unchanged plan", line: "plan site.lua" },
    ...LOOKS,
    { name: "drift", line: "stack drift site" },
    { name: "drift of all of them", line: "stack drift site", before: closeAll },
    { name: "fix, planned", line: "stack drift site --fix --dry-run" },
    { name: "fix", line: "stack drift site --fix --yes" },
    { name: "run that changes all", line: "run site.lua", write: write("two") },
    { name: "rollback, planned", line: "stack rollback site --to 1 --dry-run" },
    { name: "rollback", line: "stack rollback site --to 1 --yes" },
    { name: "history of a run", line: "stack history site 1" },
    { name: "import", line: "stack import e.json --as other --db HERE/other.db", before: keepExport },
    { name: "destroy, planned", line: "stack destroy site --dry-run" },
    { name: "destroy", line: "stack destroy site --yes" },
    { name: "run again", line: "run site.lua" },
    { name: "prune of all", line: "run site.lua --prune --yes", write: { "site.lua": EMPTY } },
    { name: "history kept short", line: "stack history site --prune --keep 1" },
    { name: "delete", line: "stack delete site --yes" },
  ];
}

const EMPTY = 'workflow{ name = "site", stack = "site" }\n';

const LOOKS: readonly Step[] = [
  { name: "list", line: "stack list" },
  { name: "show", line: "stack show site" },
  { name: "resources", line: "stack resources site" },
  { name: "history", line: "stack history site" },
  { name: "verify", line: "stack verify site" },
  { name: "doctor", line: "stack doctor" },
  { name: "export", line: "stack export site" },
];

function closeAll(cwd: string): void {
  for (const name of readdirSync(join(cwd, "f"))) chmodSync(join(cwd, "f", name), 0o600);
}

/** What a command of the shell would have redirected. */
function keepExport(cwd: string): void {
  const env = { ...process.env, SLOTH_RUNNER_DB: join(cwd, "s.db") };
  const program = join(process.cwd(), "dist/sloth-runner");
  Bun.spawnSync(["sh", "-c", '"$0" stack export site > e.json', program], { cwd, env });
}

/** Each in a file of its own: a line more in one file costs the whole file. */
function lines(size: number): readonly Step[] {
  const site = `workflow{ name = "site", stack = "site" }
local here = os.getenv("HERE")
file_ops.directory{ path = here .. "/f" }
for i = 1, ${size} do file_ops.lineinfile{ path = here .. "/f/" .. i, line = "a=" .. i, regexp = "^a=", create = true } end
`;
  const dropAll = (cwd: string): void => {
    for (const name of readdirSync(join(cwd, "f"))) unlinkSync(join(cwd, "f", name));
  };
  return [
    { name: "first run", line: "run site.lua", write: { "site.lua": site } },
    { name: "unchanged run", line: "run site.lua" },
    { name: "drift of all of them", line: "stack drift site", before: dropAll },
    { name: "fix", line: "stack drift site --fix --yes" },
    { name: "destroy", line: "stack destroy site --yes" },
  ];
}

function chain(size: number): readonly Step[] {
  const site = `workflow{ name = "site", stack = "site" }
for i = 1, ${size} do
  task{
    name = "t" .. i, depends_on = i > 1 and { "t" .. (i - 1) } or nil,
    run = function() file_ops.copy{ content = "x", dest = os.getenv("HERE") .. "/" .. i } end,
  }
end
`;
  return [
    { name: "check", line: "check site.lua", write: { "site.lua": site } },
    { name: "plan", line: "plan site.lua" },
    { name: "first run", line: "run site.lua" },
    { name: "unchanged run", line: "run site.lua" },
    { name: "run of the last one", line: `run site.lua --task t${size}` },
    { name: "history of a run", line: "stack history site 1" },
    { name: "verify", line: "stack verify site" },
    { name: "destroy", line: "stack destroy site --yes" },
  ];
}

function registrations(size: number): readonly Step[] {
  const site = `workflow{ name = "site", stack = "site" }
for i = 1, ${size} do
  stack.register_resource{ type = "thing", name = "n" .. i, properties = { size = i } }
  stack.set_output("o" .. i, i)
  state.set("k" .. i, i)
end
`;
  return [
    { name: "first run", line: "run site.lua", write: { "site.lua": site } },
    { name: "unchanged run", line: "run site.lua" },
    { name: "plan", line: "plan site.lua" },
    ...LOOKS,
    { name: "outputs", line: "stack outputs site" },
    { name: "keys", line: "state list --stack site" },
    { name: "a key", line: "state get k7 --stack site" },
    { name: "drift", line: "stack drift site" },
    { name: "destroy", line: "stack destroy site --yes" },
  ];
}
