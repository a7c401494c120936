import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import manifest from "../package.json" with { type: "json" };
import { ratiosOf, slower, TOLERANCE, type Ratios } from "./bench/check.ts";
import { measure } from "./bench/measure.ts";
import { peers, versionOf } from "./bench/peers.ts";
import { chart, duration, page, type Result } from "./bench/report.ts";
import { workloads, type Entry, type Tools, type Workload } from "./bench/workloads.ts";

/**
 * Measures dist/sloth-runner and whatever peers are installed at the same work.
 *   npm run bench                      all of it, and writes bench/results.md, bench/chart.svg and bench/ratios.json
 *   npm run bench -- --quick           without what takes long; the page says so
 *   npm run bench -- --only copies     what has that in its name; writes nothing
 *   npm run bench -- --record          writes bench/ratios.json alone, from what --check looks at
 *   npm run bench -- --check           fails when a ratio to a bare Bun process is worse than bench/ratios.json says
 *   npm run bench -- --without Ansible leaves out a peer (may be repeated)
 */
const { values: asked } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    check: { type: "boolean", default: false },
    record: { type: "boolean", default: false },
    only: { type: "string" },
    without: { type: "string", multiple: true, default: [] },
    samples: { type: "string", default: "5" },
  },
});

const RATIOS = "bench/ratios.json";
const GUARDED = ["start", "copies 300", "copies 1000", "copies 10000"];
const left: string[] = [];
const temporary = mkdtempSync(join(tmpdir(), "sloth-bench-"));
const memory = existsSync("/dev/shm") ? mkdtempSync("/dev/shm/sloth-bench-") : temporary;
const present = peers.filter(({ name, program }) => Bun.which(program) !== null && !asked.without.includes(name));
const missing = peers.filter((peer) => !present.includes(peer));

try {
  const results = await measureAll(openTools());
  if (asked.check) check(results);
  else if (asked.record) record(results);
  else if (asked.only === undefined) write(results);
} finally {
  for (const directory of new Set([temporary, memory])) rmSync(directory, { recursive: true, force: true });
}

function openTools(): Tools {
  const bare = join(temporary, "bare");
  const entry = join(import.meta.dirname, "bench/bare.ts");
  const flags = ["--compile", "--minify", "--bytecode", "--format=esm", "--outfile", bare];
  const built = Bun.spawnSync([process.execPath, "build", ...flags, entry]);
  if (!built.success) throw new Error(built.stderr.toString());
  const names = asked.check || asked.record ? [] : present.map(({ name }) => name);
  for (const { name, install } of missing) console.log(`${name} is not measured: ${install}`);
  return { program: resolve("dist/sloth-runner"), bare, peers: new Set(names), leaveOut };
}

/** Hosts need root and Linux's namespaces; what is missing, and what to do, is in the error. */
async function entriesOf(workload: Workload, directory: string, tools: Tools): Promise<readonly Entry[]> {
  try {
    return await workload.entries(directory, tools);
  } catch (error) {
    if (workload.where !== "host") throw error;
    leaveOut(`${workload.name} (${firstLine(error)})`);
    return [];
  }
}

function firstLine(error: unknown): string {
  const [line = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
  return line;
}

function leaveOut(what: string): void {
  console.log(`not measured: ${what}`);
  left.push(what);
}

async function measureAll(tools: Tools): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (const workload of workloads.filter(isWanted)) {
    const directory = join(workload.where === "memory" ? memory : temporary, "work");
    mkdirSync(directory);
    for (const { group, tool, command } of await entriesOf(workload, directory, tools)) {
      const cost = await measure(command, Number(asked.samples));
      const peak = cost.peakMiB === undefined ? "" : `, ${Math.round(cost.peakMiB)} MiB`;
      console.log(`${group}: ${tool}: ${duration(cost.wallMs)}, ${duration(cost.cpuMs)} of CPU${peak}`);
      results.push({ group, tool, cost });
    }
    rmSync(directory, { recursive: true });
  }
  return results;
}

function isWanted({ name, long }: Workload): boolean {
  if (asked.check || asked.record) return GUARDED.includes(name);
  if (asked.quick && long === true) return false;
  return asked.only === undefined || name.includes(asked.only);
}

function check(results: readonly Result[]): void {
  const recorded = JSON.parse(readFileSync(RATIOS, "utf8")) as Ratios; // our own file
  const now = ratiosOf(results);
  for (const [what, ratio] of Object.entries(now)) console.log(`${what}: ${ratio} times, recorded ${recorded[what]}`);
  const worse = slower(now, recorded);
  for (const line of worse) console.error(`slower by more than ${TOLERANCE} times: ${line}`);
  if (worse.length > 0) process.exitCode = 1;
}

function write(results: readonly Result[]): void {
  const { stdout } = Bun.spawnSync(["git", "rev-parse", "--short", "HEAD"]);
  const ours = `sloth-runner ${manifest.version} (${stdout.toString().trim()}), Bun ${Bun.version}`;
  const versions = [ours, ...present.map((peer) => `${peer.name} ${versionOf(peer)}`)];
  mkdirSync("bench", { recursive: true });
  const installs = missing.map(({ name, install }) => `${name} (${install})`);
  const skipped = asked.quick ? workloads.filter(({ long }) => long).map(({ name }) => `${name} (--quick)`) : [];
  writeFileSync("bench/results.md", page(results, versions, [...installs, ...skipped, ...left]));
  const shown = results.filter(({ group, tool }) => group === "300 copies, nothing to do" && tool !== "bare Bun");
  writeFileSync("bench/chart.svg", chart("300 copies with nothing to do", shown));
  record(results);
}

function record(results: readonly Result[]): void {
  writeFileSync(RATIOS, `${JSON.stringify(ratiosOf(results), null, 2)}\n`);
}
