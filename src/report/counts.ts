import type { Counts, Mode } from "../engine/events.ts";
import { shownDuration } from "./shown.ts";

/** `12 resources: 3 created, 1 updated, 8 unchanged (1.2 s)`; of a plan, what would be. */
export function countsLine(counts: Counts, mode: Mode, durationMs: number): string {
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
  const resources = `${total === 0 ? "no" : total} ${total === 1 ? "resource" : "resources"}`;
  const all = [
    ...(total === 0 && actions.length > 0
      ? []
      : [parts.length === 0 ? resources : `${resources}: ${parts.join(", ")}`]),
    ...actions,
  ];
  return `${all.join("; ")} (${shownDuration(durationMs)})`;
}

function counted(count: number, words: string): readonly string[] {
  return count === 0 ? [] : [`${count} ${words}`];
}
