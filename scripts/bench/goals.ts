import type { Cost } from "./measure.ts";
import { duration } from "./duration.ts";
import { costOf, QUIET, type Report, type Result } from "./result.ts";

/** What we want to be true. Everything is computed from the rows of one run. */
export interface Goal {
  readonly what: string;
  /** Ours in units of what it is compared with: at most, or at least. */
  readonly most?: number;
  readonly least?: number;
  /** What was measured, by one way of telling time; undefined where a row is missing. */
  readonly measured: (results: readonly Result[], time: Take) => number | undefined;
  readonly shown: (value: number) => string;
}

type Take = (cost: Cost) => number | undefined;

const times = { wall: ({ wallMs }: Cost) => wallMs, CPU: ({ cpuMs }: Cost) => cpuMs } as const;

const OURS = "sloth-runner";
const again = (count: number): string => `${count} copies, nothing to do`;
const first = (count: number): string => `${count} copies, first run`;
const overSsh = "3 hosts x 30 copies over ssh, nothing to do";
const twenty = "20 hosts over ssh at once, nothing to do";
const far = "300 ms of round trip, nothing to do";
const onDisk = (count: number): string => `${count} copies on disk, every file synced, first run`;

export const goals: readonly Goal[] = [
  { what: "300 copies, nothing to do: under 0.1 s", most: 100, ...lasting(again(300)) },
  { what: "300 copies, nothing to do: 0.4 of CFEngine's time", most: 0.4, ...ratio(again(300), OURS, "CFEngine") },
  { what: "10,000 copies, nothing to do: about 0.5 s", most: 550, ...lasting(again(10_000)) },
  {
    what: "10,000 copies, nothing to do: 0.10 of CFEngine's time",
    most: 0.1,
    ...ratio(again(10_000), OURS, "CFEngine"),
  },
  { what: "10,000 copies, nothing to do: 3 times CFEngine's memory", most: 3, ...memory(again(10_000), "CFEngine") },
  {
    what: "10,000 copies, first run on tmpfs: 0.5 of CFEngine's time",
    most: 0.5,
    ...ratio(first(10_000), OURS, "CFEngine"),
  },
  {
    what: "1,000 copies on disk: 1.3 times a bare write-fsync-rename loop",
    most: 1.3,
    ...ratio(onDisk(1000), OURS, "bare Bun"),
  },
  {
    what: "10,000 copies on disk: 1.3 times a bare write-fsync-rename loop",
    most: 1.3,
    ...ratio(onDisk(10_000), OURS, "bare Bun"),
  },
  { what: "300 copies, nothing to do: 25 times Puppet's speed", least: 25, ...ratio(again(300), "Puppet", OURS) },
  {
    what: "300 copies, nothing to do: 1,000 times Ansible's speed",
    least: 1000,
    ...ratio(again(300), "Ansible", OURS),
  },
  { what: "10,000 copies, nothing to do: 50 times Puppet's speed", least: 50, ...ratio(again(10_000), "Puppet", OURS) },
  {
    what: "`version`: 2.5 times a compiled hello-world",
    most: 2.5,
    ...ratio("start", `${OURS} version`, "hello, compiled"),
  },
  {
    what: "`state get`: 2.5 times a compiled hello-world",
    most: 2.5,
    ...ratio("start", `${OURS} state get`, "hello, compiled"),
  },
  {
    what: "`run` of nothing: 1.5 times a bare start of Bun with Lua",
    most: 1.5,
    ...ratio("start", `${OURS} run, nothing in it`, "bare Bun with Lua"),
  },
  {
    what: "1 GiB: 70 % of the speed of `cp` and `sha256sum`",
    least: 0.7,
    ...ratio("1 GiB", "cp and sha256sum", `${OURS}, first run`),
  },
  {
    what: "cost of one more unchanged copy constant: from 10,000 to 100,000 at most 1.25 times that from 1,000 to 10,000",
    most: 1.25,
    ...growth(again),
  },
  { what: "cost of one more first copy constant: the same", most: 1.25, ...growth(first) },
  { what: "memory for one more unchanged copy, from 10,000 to 100,000: under 1 KiB", most: 1, ...memoryOfOne(again) },
  {
    what: "3 hosts x 30 copies over ssh: 40 times the speed of Ansible with pipelining",
    least: 40,
    ...inWall(ratio(overSsh, "Ansible, pipelining", OURS)),
  },
  { what: "the same: 8 times that of Mitogen", least: 8, ...inWall(ratio(overSsh, "Ansible, Mitogen", OURS)) },
  { what: "the same: 8 times that of pyinfra", least: 8, ...inWall(ratio(overSsh, "pyinfra", OURS)) },
  {
    what: "100 resources behind 300 ms of round trip, beyond connecting: 33 s",
    most: 33_000,
    ...inWall(beyond(far, `${OURS}, 100 resources, one by one`, `${OURS}, 1 resource`)),
  },
  {
    what: "the same inside `goroutine.map`: 3 s",
    most: 3000,
    ...inWall(beyond(far, `${OURS}, 100 resources in goroutine.map`, `${OURS}, 1 resource`)),
  },
  { what: "memory of one more host, of 20 at once: under 1 MiB", most: 1, ...memoryOfHost() },
  { what: "1 GiB over ssh: 60 % of scp's speed", least: 0.6, ...inWall(ratio("1 GiB over ssh", "scp", OURS)) },
];

/** One line a goal: what it is, what was measured in each time, and whether it is met by the time that counts. */
export function goalTable({ results, load }: Report): readonly string[] {
  const counts = load < QUIET ? "wall" : "CPU";
  const rows = goals.map((goal) => {
    const wall = goal.measured(results, times.wall);
    const cpu = goal.measured(results, times.CPU);
    return `| ${goal.what} | ${told(goal, wall)} | ${told(goal, cpu)} | ${verdict(goal, counts === "wall" ? wall : cpu)} |`;
  });
  return [
    "## Goals",
    "",
    load < QUIET
      ? "The machine was quiet when the run began, so wall time decides."
      : "The machine was busy when the run began, so CPU time decides; wall times are only shown.",
    "",
    "| goal | wall | CPU | met |",
    "| --- | ---: | ---: | :---: |",
    ...rows,
    "",
  ];
}

function told({ shown }: Goal, value: number | undefined): string {
  return value === undefined ? "not measured" : shown(value);
}

function verdict({ most = Infinity, least = -Infinity }: Goal, value: number | undefined): string {
  if (value === undefined) return "?";
  return value <= most && value >= least ? "yes" : "**no**";
}

type Measured = Pick<Goal, "measured" | "shown">;

function lasting(group: string): Measured {
  return { measured: (results, time) => taken(results, group, OURS, time), shown: duration };
}

function ratio(group: string, tool: string, against: string): Measured {
  const measured: Goal["measured"] = (results, time) =>
    divided(taken(results, group, tool, time), taken(results, group, against, time));
  return { measured, shown: (value) => (value >= 20 ? `${Math.round(value)}` : value.toFixed(2)) };
}

function memory(group: string, against: string): Measured {
  const peak: Take = ({ peakMiB }) => peakMiB;
  const measured: Goal["measured"] = (results) =>
    divided(taken(results, group, OURS, peak), taken(results, group, against, peak));
  return { measured, shown: (value) => value.toFixed(2) };
}

/** What happens at the far end costs no CPU here, so wall time stands for both. */
function inWall({ measured, shown }: Measured): Measured {
  return { measured: (results) => measured(results, times.wall), shown };
}

function beyond(group: string, tool: string, without: string): Measured {
  const measured: Goal["measured"] = (results, time) => {
    const [whole, part] = [taken(results, group, tool, time), taken(results, group, without, time)];
    return whole === undefined || part === undefined ? undefined : whole - part;
  };
  return { measured, shown: duration };
}

function memoryOfHost(): Measured {
  const peak: Take = ({ peakMiB }) => peakMiB;
  const measured: Goal["measured"] = (results) => {
    const [one, all] = ["1 host x 600 copies", "20 hosts x 30 copies"].map((name) =>
      taken(results, twenty, `${OURS}, ${name}`, peak),
    );
    return one === undefined || all === undefined ? undefined : (all - one) / 19;
  };
  return { measured, shown: (value) => `${value.toFixed(2)} MiB` };
}

/** What one more costs beyond 10,000, in units of what one more costs before. */
function growth(group: (count: number) => string): Measured {
  const measured: Goal["measured"] = (results, time) =>
    divided(oneMore(results, group, time, 10_000, 100_000), oneMore(results, group, time, 1000, 10_000));
  return { measured, shown: (value) => value.toFixed(2) };
}

function memoryOfOne(group: (count: number) => string): Measured {
  const kib: Take = ({ peakMiB }) => (peakMiB === undefined ? undefined : peakMiB * 1024);
  return {
    measured: (results) => oneMore(results, group, kib, 10_000, 100_000),
    shown: (value) => `${value.toFixed(2)} KiB`,
  };
}

function oneMore(
  results: readonly Result[],
  group: (count: number) => string,
  take: Take,
  few: number,
  many: number,
): number | undefined {
  const [less, more] = [few, many].map((count) => taken(results, group(count), OURS, take));
  return less === undefined || more === undefined ? undefined : (more - less) / (many - few);
}

function taken(results: readonly Result[], group: string, tool: string, take: Take): number | undefined {
  const cost = costOf(results, group, tool);
  return cost === undefined ? undefined : take(cost);
}

function divided(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : one / other;
}
