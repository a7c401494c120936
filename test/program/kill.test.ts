import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, existsSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BINARY, run, type Ran } from "../support/binary.ts";

/*
 * Kills the built program at each write of its journal and at each change of the machine, by strace's fault injection, and looks at
 * what is left: each file old or new, the database readable, the next run complete and the restart that was owed not lost.
 */
const STRACE = run(["sh", "-c", "command -v strace"]).stdout.trim();
const FILES = ["one.conf", "two.conf"] as const;
const OLD = "old\n".repeat(50);
const NEW = "new\n".repeat(60);

/** Writes of the journal, and what a file is made and put in place with. */
const CALLS = ["pwrite64", "rename", "renameat", "renameat2", "fchmod", "fsync", "mkdir"] as const;

test.skipIf(STRACE === "")(
  "killed at any step, each file is old or new, and the next run finishes the work and the restart",
  () => {
    const points = countCalls();
    expect(points.length).toBeGreaterThan(20);
    for (const point of points) killedAt(point);
  },
  900_000,
);

interface Point {
  readonly call: string;
  readonly when: number;
}

function countCalls(): readonly Point[] {
  const site = plant();
  try {
    const trace = join(site, "trace");
    sloth(site, [STRACE, "-f", "-qq", "-e", `trace=${CALLS.join(",")}`, "-o", trace]);
    const calls = readFileSync(trace, "utf8").matchAll(/^\d+ +(\w+)\(/gm);
    const counts = new Map<string, number>();
    return [...calls].map(([, call = ""]) => {
      counts.set(call, (counts.get(call) ?? 0) + 1);
      return { call, when: counts.get(call) ?? 0 };
    });
  } finally {
    rmSync(site, { recursive: true });
  }
}

function killedAt({ call, when }: Point): void {
  const site = plant();
  try {
    const at = { call, when };
    sloth(site, [
      STRACE,
      "-f",
      "-qq",
      "-e",
      `trace=${call}`,
      "-e",
      `inject=${call}:signal=SIGKILL:when=${when}`,
      "-o",
      "/dev/null",
    ]);
    for (const file of FILES)
      expect({ ...at, file, whole: [OLD, NEW].includes(readFileSync(join(site, file), "utf8")) }).toMatchObject({
        whole: true,
      });
    const doctor = run([BINARY, "stack", "doctor", "site", "--db", join(site, "s.db")]);
    expect({ ...at, doctor: existsSync(join(site, "s.db")) ? doctor.stdout + doctor.stderr : "ok" }).toMatchObject({
      doctor: expect.not.stringMatching(/damaged|malformed/),
    });
    expect({ ...at, ...sloth(site) }).toMatchObject({ code: 0 });
    for (const file of FILES) expect(readFileSync(join(site, file), "utf8")).toBe(NEW);
    const restarts = readFileSync(join(site, "restarts"), "utf8");
    expect({ ...at, restarts }).toMatchObject({ restarts: expect.stringMatching(/^restart\n(restart\n)?$/) });
    const third = sloth(site);
    expect({ ...at, ...third }).toMatchObject({ code: 0, stdout: expect.stringContaining("3 resources: 3 unchanged") });
    expect(readFileSync(join(site, "restarts"), "utf8")).toBe(restarts);
  } finally {
    rmSync(site, { recursive: true });
  }
}

/** A directory with old files and a workflow that puts new ones in place and restarts once they changed. */
function plant(): string {
  const site = mkdtempSync(join(tmpdir(), "sloth-kill-"));
  for (const file of FILES) writeFileSync(join(site, file), OLD);
  mkdirSync(join(site, "src"));
  writeFileSync(join(site, "src/new"), NEW);
  writeFileSync(join(site, "site.lua"), WORKFLOW);
  return site;
}

const WORKFLOW = `
workflow{ name = "site" }
local here = values.here
task{ name = "configure", run = function()
  local changed = file_ops.directory{ path = here .. "/d" }.changed
  for _, name in ipairs{ "one", "two" } do
    local result = file_ops.copy{ src = "src/new", dest = here .. "/" .. name .. ".conf", mode = "0644" }
    changed = changed or result.changed
  end
  if changed then exec.run{ cmd = "echo restart >> restarts", cwd = here } end
end }
`;

function sloth(site: string, tracer: readonly string[] = []): Ran {
  return run([...tracer, BINARY, "run", "site.lua", "--db", join(site, "s.db"), "--set", `here=${site}`], {
    cwd: site,
  });
}
