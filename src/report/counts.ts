import { printable } from "../base/printable.ts";
import type { Counts, HostCounts, Mode, RunEvent, TaskCounts } from "../engine/events.ts";
import { shownDuration } from "./shown.ts";

type Done = Extract<RunEvent, { type: "run_done" }>;

/** `12 resources: 3 created, 1 failed; 1 of 4 tasks failed; 1 of 3 hosts failed (1.2 s)`; of a plan, what would be. */
export function countsLine({ counts, tasks, hosts, mode, durationMs }: Omit<Done, "type" | "ok" | "error">): string {
  const all = [...resourceParts(counts, mode), ...taskParts(tasks), ...(hosts.length > 1 ? [hostPart(hosts)] : [])];
  return `${all.join("; ")} (${shownDuration(durationMs)})`;
}

/** Where there are several hosts, a line for each. */
export function recap({ hosts, mode }: Pick<Done, "hosts" | "mode">): readonly string[] {
  if (hosts.length < 2) return [];
  const width = Math.max(...hosts.map(({ host }) => shownHost(host).length)) + 1;
  return hosts.map(({ host, unreachable, counts, tasks }) => {
    const done = resourceParts(counts, mode);
    const parts = [
      ...(unreachable ? ["unreachable", ...done.filter((part) => part !== NOTHING)] : done),
      ...taskParts(tasks),
    ];
    return `${`${shownHost(host)}:`.padEnd(width)} ${parts.join("; ")}`;
  });
}

function isFailed({ unreachable, counts, tasks }: HostCounts): boolean {
  return unreachable || counts.failed + tasks.failed > 0;
}

export function shownHost(host: string): string {
  return host === "local" ? "this machine" : printable(host);
}

const NOTHING = "no resources";

function resourceParts(counts: Counts, mode: Mode): readonly string[] {
  const would = mode === "plan" ? "would be " : "";
  const { created, updated, deleted, unchanged, failed, unknown, ran, carried } = counts;
  const total = created + updated + deleted + unchanged + failed + unknown;
  const parts = [
    counted(created, `${would}created`),
    counted(updated, `${would}updated`),
    counted(deleted, `${would}removed`),
    counted(unknown, "cannot be predicted"),
    counted(unchanged, "unchanged"),
    counted(failed, "failed"),
  ].flat();
  const actions = [
    ...counted(ran, `${ran === 1 ? "action" : "actions"} ${would}run`),
    ...counted(carried, "told again from an earlier attempt"),
  ];
  const resources = total === 0 ? NOTHING : `${total} ${total === 1 ? "resource" : "resources"}`;
  return [
    ...(total === 0 && actions.length > 0
      ? []
      : [parts.length === 0 ? resources : `${resources}: ${parts.join(", ")}`]),
    ...actions,
  ];
}

/** Of tasks it is told when not all went well: `2 of 5 tasks failed, 1 skipped`. */
function taskParts({ ok, failed, skipped, notNeeded, unpredictable }: TaskCounts): readonly string[] {
  const total = ok + failed + skipped + notNeeded + unpredictable;
  const of = `of ${total} ${total === 1 ? "task" : "tasks"}`;
  if (failed > 0) return [[`${failed} ${of} failed`, ...counted(skipped, "skipped")].join(", ")];
  return skipped > 0 ? [`${skipped} ${of} skipped`] : [];
}

function hostPart(hosts: readonly HostCounts[]): string {
  const failed = hosts.filter(isFailed).length;
  const unreachable = hosts.filter((host) => host.unreachable).length;
  const why = unreachable === 0 ? "" : ` (${unreachable} unreachable)`;
  return failed === 0 ? `on ${hosts.length} hosts` : `${failed} of ${hosts.length} hosts failed${why}`;
}

function counted(count: number, words: string): readonly string[] {
  return count === 0 ? [] : [`${count} ${words}`];
}
