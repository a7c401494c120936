import { parseArgs } from "node:util";
import { callsOf, chosen, killAt, seeded, STRACE, type Point } from "./points.ts";
import { run } from "../support/binary.ts";
import { RESOURCES } from "./site.ts";
import { copies, fullDisk, mayMount, readOnlyDatabase } from "./trouble.ts";

/*
 * Breaks the built program in every way a machine can: killed at each write of its journal and at random points among its own system
 * calls, on a full disk, with a database that cannot be written, and copied at random instants. After each: every file old or new, the
 * database whole, what was in flight named by the next run, all done by it, and the restart that was owed in it, once.
 */
const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    points: { type: "string", default: "300" },
    journal: { type: "string" },
    lab: { type: "string", default: "30" },
  },
});
const [seed, count] = [Number(values.seed), Number(values.points)];
if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(count))
  throw new Error("usage: --seed S --points N [--journal N] [--lab N]");

const mayBoot = mayMount && run(["sh", "-c", "command -v systemd-nspawn"]).code === 0;

interface Row {
  readonly what: string;
  readonly tried: number;
  readonly killed: number | null;
  readonly faults: readonly string[];
}

const rows: Row[] = [];
if (STRACE === "") console.log("no strace on this machine: nothing is killed at a system call");
else {
  const calls = callsOf();
  const journal = calls.filter((point) => point.journal);
  const limited = values.journal === undefined ? journal : chosen(journal, Number(values.journal), seeded(seed));
  console.log(
    `${RESOURCES} resources, ${calls.length} system calls, ${journal.length} of them write the journal; seed ${seed}`,
  );
  rows.push(killedAt("killed at a write of the journal", limited));
  rows.push(killedAt("killed at a random system call", chosen(calls, count, seeded(seed))));
}
if (mayMount) {
  const sizes = Array.from({ length: 12 }, (_, index) => 4 + index * 36);
  rows.push({
    what: "full disk",
    tried: sizes.length,
    killed: null,
    faults: sizes.flatMap((kib) => labelled(`${kib} KiB`, fullDisk(kib))),
  });
  rows.push({ what: "database made read-only", tried: 1, killed: null, faults: readOnlyDatabase() });
} else console.log("not root, or no mount: no full disk and no read-only database");
rows.push({ what: "database copied at an instant", tried: 20, killed: 20, faults: await copies(20, seeded(seed)) });

if (mayBoot && STRACE !== "" && Number(values.lab) > 0) {
  const { killOnHost } = await import("./lab.ts");
  rows.push({ what: "killed on a lab host", ...(await killOnHost(Number(values.lab), seeded(seed))) });
} else console.log("no lab here, or --lab 0: nothing is killed among packages, users and services");

for (const { what, faults } of rows) for (const fault of faults) console.log(`! ${what}: ${fault}`);
console.log(`\n${"".padEnd(34)}${"tried".padStart(8)}${"cut off".padStart(10)}${"lost".padStart(8)}`);
for (const { what, tried, killed, faults } of rows) {
  const [cut, lost] = [killed === null ? "" : String(killed), faults.length === 0 ? "nothing" : String(faults.length)];
  console.log(`${what.padEnd(34)}${String(tried).padStart(8)}${cut.padStart(10)}${lost.padStart(8)}`);
}
process.exitCode = rows.some(({ faults }) => faults.length > 0) ? 1 : 0;

function killedAt(what: string, points: readonly Point[]): Row {
  let killed = 0;
  const faults: string[] = [];
  points.forEach((point, index) => {
    const done = killAt(point);
    if (done.killed) killed++;
    faults.push(...labelled(`${point.call} ${point.when}`, done.faults));
    if ((index + 1) % 50 === 0) console.log(`${what}: ${index + 1} of ${points.length}, ${faults.length} lost`);
  });
  return { what, tried: points.length, killed, faults };
}

function labelled(where: string, faults: readonly string[]): readonly string[] {
  return faults.map((fault) => `${where}: ${fault}`);
}
