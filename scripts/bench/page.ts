import { readFileSync } from "node:fs";
import { arch, cpus, release, totalmem } from "node:os";
import type { Cost } from "./measure.ts";

export interface Result {
  readonly group: string;
  readonly tool: string;
  readonly cost: Cost;
}

/** Everything that was measured, as a page. */
export function page(results: readonly Result[], versions: readonly string[], missing: readonly string[]): string {
  const groups = Map.groupBy(results, (one) => one.group);
  return [
    "# Results",
    "",
    "Made by `npm run bench`; do not edit. Medians of whole processes, one after the other in one run on one machine.",
    "",
    ...machine(versions).map((line) => `- ${line}`),
    ...missing.map((line) => `- not measured: ${line}`),
    "",
    ...[...groups].flatMap(([group, list]) => table(group, list)),
  ].join("\n");
}

function machine(versions: readonly string[]): readonly string[] {
  const [cpu] = cpus();
  const load = readFileSync("/proc/loadavg", "utf8").split(" ")[0];
  return [
    `${cpus().length} x ${cpu?.model ?? "?"}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()} ${arch()}`,
    `load average ${load} when it ended: on a busy machine compare CPU times, and each number only with those of its table`,
    versions.join(", "),
  ];
}

function table(group: string, list: readonly Result[]): readonly string[] {
  const ours = list.find((one) => one.tool.startsWith("sloth-runner"));
  const rows = list.map(({ tool, cost }) => {
    const wall = ours === undefined ? "" : ratio(cost.wallMs / ours.cost.wallMs);
    const cpu = ours === undefined ? "" : ratio(cost.cpuMs / ours.cost.cpuMs);
    const peak = cost.peakMiB === undefined ? "" : `${Math.round(cost.peakMiB)} MiB`;
    return `| ${tool} | ${duration(cost.wallMs)} | ${wall} | ${duration(cost.cpuMs)} | ${cpu} | ${peak} | ${cost.samples} |`;
  });
  const head = "| | wall | of ours | CPU | of ours | peak memory | samples |";
  return [`## ${group}`, "", head, "| --- | ---: | ---: | ---: | ---: | ---: | ---: |", ...rows, ""];
}

function ratio(times: number): string {
  return times >= 10 ? `${Math.round(times)} x` : `${times.toFixed(2)} x`;
}

export function duration(ms: number): string {
  if (ms < 100) return `${ms.toFixed(1)} ms`;
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

const WIDTH = 720;
const ROW = 26;
const LABEL = 130;
const COLOURS = { ours: "#2f855a", others: "#a0aec0", text: "#4a5568" } as const;

/** Bars on a logarithmic scale: CPU time of each tool at one piece of work, which a busy machine distorts least. */
export function chart(title: string, list: readonly Result[]): string {
  const sorted = list.toSorted((a, b) => a.cost.cpuMs - b.cost.cpuMs);
  const least = Math.log10((sorted[0]?.cost.cpuMs ?? 1) / 2);
  const most = Math.log10(sorted.at(-1)?.cost.cpuMs ?? 10);
  const room = WIDTH - LABEL - 90;
  const bars = sorted.map(({ tool, cost }, i) => {
    const length = Math.max(2, (room * (Math.log10(cost.cpuMs) - least)) / (most - least));
    const y = 34 + i * ROW;
    const colour = tool === "sloth-runner" ? COLOURS.ours : COLOURS.others;
    return [
      `  <text x="${LABEL - 8}" y="${y + 14}" text-anchor="end">${tool}</text>`,
      `  <rect x="${LABEL}" y="${y}" width="${length.toFixed(1)}" height="${ROW - 7}" fill="${colour}"/>`,
      `  <text x="${(LABEL + length + 6).toFixed(1)}" y="${y + 14}">${duration(cost.cpuMs)}</text>`,
    ].join("\n");
  });
  const height = 40 + sorted.length * ROW;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="13" fill="${COLOURS.text}">
  <text x="8" y="20" font-weight="bold">${title} (CPU time, logarithmic)</text>
${bars.join("\n")}
</svg>
`;
}
