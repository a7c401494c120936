import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { arch, cpus, loadavg, release, tmpdir, totalmem } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs, stripVTControlCharacters } from "node:util";
import manifest from "../package.json" with { type: "json" };
import { chart } from "./bench/chart.ts";
import { duration } from "./bench/duration.ts";
import { guard } from "./bench/guard.ts";
import { goalTable } from "./bench/goals.ts";
import { BenchHost } from "./bench/host.ts";
import { measure } from "./bench/measure.ts";
import { page } from "./bench/page.ts";
import type { Report, Result } from "./bench/result.ts";
import { peers, versionOf } from "./bench/tools.ts";
import { workloads } from "./bench/workloads.ts";
import { BARE, OURS, type Bench, type Entry, type Workload } from "./bench/workloads/workload.ts";

/**
 * Measures dist/sloth-runner and whatever peers are on PATH at the same work.
 *   npm run bench                      all of it, and writes bench/results.md, bench/chart.svg and bench/ratios.json
 *   npm run bench -- --quick           five minutes of it: medians of 3, no host, nobody who takes long; writes nothing
 *   npm run bench -- --only copies     what has that in its name; writes nothing
 *   npm run bench -- --record          writes bench/ratios.json alone, from what --check looks at
 *   npm run bench -- --check           fails when a ratio to a bare Bun process is worse than bench/ratios.json says
 *   npm run bench -- --without Ansible leaves out a peer (may be repeated)
 *   npm run bench -- --most 60         leaves out what would take a peer more seconds; 300 when not given
 */
const { values: asked } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    check: { type: "boolean", default: false },
    record: { type: "boolean", default: false },
    only: { type: "string" },
    without: { type: "string", multiple: true, default: [] },
    samples: { type: "string" },
    most: { type: "string" },
  },
});

const load = (loadavg()[0] ?? 0) / cpus().length;
const samples = Number(asked.samples ?? (asked.quick ? 3 : 5));
const temporary = mkdtempSync(join(tmpdir(), "sloth-bench-"));
const memory = existsSync("/dev/shm") ? mkdtempSync("/dev/shm/sloth-bench-") : temporary;
const program = resolve("dist/sloth-runner");
const left: string[] = [];
const host = new BenchHost(program);

try {
  const bare = buildBare();
  const isGuard = asked.check || asked.record;
  if (!isGuard) await comparing(bare);
  else if (!(await guard({ program, bare, directory: memory, record: asked.record }))) process.exitCode = 1;
} finally {
  await host.close();
  for (const directory of new Set([temporary, memory])) rmSync(directory, { recursive: true, force: true });
}

async function comparing(bare: string): Promise<void> {
  const present = peers.filter((peer) => versionOf(peer) !== undefined && !asked.without.includes(peer.name));
  for (const { name, install } of peers.filter((peer) => !present.includes(peer)))
    leaveOut(asked.without.includes(name) ? `${name}: not wanted` : `${name}: not installed (${install})`);
  const mostSeconds = Number(asked.most ?? (asked.quick ? 8 : 300));
  const bench = { program, bare, peers: present, mostSeconds, host: () => host.open(), leaveOut };
  const wanted = workloads.filter(isWanted);
  const results: Result[] = [];
  for (const workload of wanted) results.push(...(await resultsOf(workload, bench)));
  const ours = `sloth-runner ${manifest.version} (${revision()}), Bun ${Bun.version}`;
  const versions = [[ours, ...present.map((peer) => `${peer.name} ${versionOf(peer)}`)].join(", ")];
  const onHost = await host.versions(present);
  if (onHost !== undefined) versions.push(`on the host for packages, users and units: ${onHost.join(", ")}`);
  const report = { results, load, machine: machine(), versions, left };
  if (asked.quick || asked.only !== undefined) return console.log(goalTable(report).filter(isMeasured).join("\n"));
  write(report);
  await guard({ program, bare, directory: memory, record: true });
}

function isWanted({ name, long }: Workload): boolean {
  if (asked.quick && long === true) return false;
  return asked.only === undefined || name.includes(asked.only);
}

async function resultsOf(workload: Workload, bench: Bench): Promise<readonly Result[]> {
  const directory = join(workload.where === "disk" ? temporary : memory, "work");
  mkdirSync(directory);
  try {
    const results: Result[] = [];
    for (const entry of await entriesOf(workload, directory, bench)) {
      const result = await resultOf(entry);
      if (result !== undefined) results.push(result);
    }
    return results;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Hosts need root and Linux's namespaces; what is wrong, and what to do, is in the error. */
async function entriesOf(workload: Workload, directory: string, bench: Bench): Promise<readonly Entry[]> {
  try {
    return await workload.entries(directory, bench);
  } catch (error) {
    if (workload.where !== "host") throw error;
    leaveOut(`${workload.name}: ${firstLine(error)}`);
    return [];
  }
}

/** Who fails is left out, and the others go on; when it is us, the benchmark fails in the end. */
async function resultOf({ group, tool, command }: Entry): Promise<Result | undefined> {
  try {
    const cost = await measure(command, samples);
    const peak = cost.peakMiB === undefined ? "" : `, ${Math.round(cost.peakMiB)} MiB`;
    console.log(`${group}: ${tool}: ${duration(cost.wallMs)}, ${duration(cost.cpuMs)} of CPU${peak}`);
    return { group, tool, cost };
  } catch (error) {
    if (tool === BARE || tool.startsWith(OURS)) process.exitCode = 1;
    leaveOut(`${tool}: ${group} (${lastLine(error)})`);
    return undefined;
  }
}

function firstLine(error: unknown): string {
  const [line = ""] = String(error).split("\n");
  return line.slice(0, 200);
}

/** What a tool said last is mostly what was wrong. */
function lastLine(error: unknown): string {
  const lines = stripVTControlCharacters(String(error)).split("\n");
  return (lines.findLast((line) => line.trim() !== "") ?? "").slice(0, 200);
}

function isMeasured(line: string): boolean {
  return !line.includes("not measured");
}

function leaveOut(what: string): void {
  console.log(`not measured: ${what}`);
  left.push(what);
}

function buildBare(): string {
  const bare = join(temporary, "bare");
  const entry = join(import.meta.dirname, "bench/bare.ts");
  const flags = ["--compile", "--minify", "--bytecode", "--format=esm", "--outfile", bare];
  const built = Bun.spawnSync([process.execPath, "build", ...flags, entry]);
  if (!built.success) throw new Error(built.stderr.toString());
  return bare;
}

function write(report: Report): void {
  mkdirSync("bench", { recursive: true });
  writeFileSync("bench/results.md", page(report, samples));
  const sizes = ["300", "1000", "10000"].map((count) => ({
    title: `${Number(count).toLocaleString("en")} files`,
    results: report.results.filter(({ group, tool }) => group === `${count} copies, nothing to do` && tool !== BARE),
  }));
  writeFileSync("bench/chart.svg", chart("A run with nothing to do", sizes));
}

function machine(): string {
  const gib = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} x ${cpus()[0]?.model ?? "?"}, ${gib} GiB, Linux ${release()} ${arch()}`;
}

function revision(): string {
  return Bun.spawnSync(["git", "rev-parse", "--short", "HEAD"]).stdout.toString().trim();
}
