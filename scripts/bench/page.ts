import { duration } from "./duration.ts";
import { goalTable } from "./goals.ts";
import { LONG_MS } from "./measure.ts";
import { QUIET, type Report, type Result } from "./result.ts";

/** Everything that was measured, as a page. */
export function page(report: Report, samples: number): string {
  const { results, load, machine, versions, left } = report;
  const groups = Map.groupBy(results, (one) => one.group);
  const busy = load < QUIET ? "" : ": compare CPU times, and each number only with those of its table";
  return [
    "# Results",
    "",
    "Made by `npm run bench`; do not edit. Whole processes, one after the other in one run on one machine.",
    "",
    `- ${machine}; load average ${load.toFixed(2)} for each processor when it began${busy}`,
    ...versions.map((line) => `- ${line}`),
    `- medians of ${samples}; what takes more than ${LONG_MS / 1000} s is run once, and its row says so`,
    ...left.map((line) => `- not measured: ${line}`),
    "",
    ...goalTable(report),
    ...[...groups].flatMap(([group, list]) => table(group, list, samples)),
  ].join("\n");
}

function table(group: string, list: readonly Result[], samples: number): readonly string[] {
  const isOurs = ({ tool }: Result): boolean => tool.startsWith("sloth-runner");
  const ours = list.every(isOurs) ? undefined : list.find(isOurs);
  const rows = list.map(({ tool, cost }) => {
    const wall = ours === undefined ? "" : ratio(cost.wallMs / ours.cost.wallMs);
    const cpu = ours === undefined ? "" : ratio(cost.cpuMs / ours.cost.cpuMs);
    const peak = cost.peakMiB === undefined ? "" : `${Math.round(cost.peakMiB)} MiB`;
    const runs = cost.samples < samples ? `**${cost.samples}**` : cost.samples;
    return `| ${tool} | ${duration(cost.wallMs)} | ${wall} | ${duration(cost.cpuMs)} | ${cpu} | ${peak} | ${runs} |`;
  });
  const head = "| | wall | of ours | CPU | of ours | peak memory | samples |";
  return [`## ${group}`, "", head, "| --- | ---: | ---: | ---: | ---: | ---: | ---: |", ...rows, ""];
}

function ratio(times: number): string {
  return times >= 10 ? `${Math.round(times)} x` : `${times.toFixed(2)} x`;
}
