import { printable } from "../../base/printable.ts";
import { shownDuration, shownValue } from "../../report/shown.ts";
import type { Sink } from "../../report/sink.ts";
import { palette, wantsColour } from "../../report/style.ts";
import type { ChangeRecord, RunDetails } from "../../store/history.ts";
import { printFields } from "../../cli/output.ts";
import { shownTime, snakeCase } from "../../cli/plain.ts";

export function runDocument(run: RunDetails) {
  return { ...snakeCase(run), tasks: run.tasks.map(snakeCase), changes: run.changes.map(snakeCase) };
}

/** `contents`: of what was kept, to show how texts changed. */
export async function printRun(
  stdout: Sink,
  run: RunDetails,
  contents: ((digest: string) => Uint8Array | null) | undefined,
): Promise<void> {
  printFields(stdout, [
    ["Run", run.number],
    ["Result", run.error === null ? run.status : `${run.status}: ${run.error}`],
    ["Command", run.command],
    ["Script", run.script === "" ? null : `${run.script} (${shownValue(run.scriptDigest)})`],
    ["By", `${run.sudoUser === null ? run.user : `${run.sudoUser} as ${run.user}`}@${run.hostname}`],
    ["Started", shownTime(run.startedAt)],
    ["Took", run.durationMs === null ? null : shownDuration(run.durationMs)],
  ]);
  for (const task of run.tasks) {
    const attempts = task.attempts > 1 ? `, ${task.attempts} attempts` : "";
    stdout.write(`\n${printable(task.name)}: ${task.result ?? "not ended"}${attempts}\n`);
    if (task.error !== null) stdout.write(`  ${printable(task.error.message)}\n`);
    for (const change of run.changes) if (change.task === task.name) await printChange(stdout, change, contents);
  }
}

async function printChange(
  stdout: Sink,
  change: ChangeRecord,
  contents: ((digest: string) => Uint8Array | null) | undefined,
): Promise<void> {
  const outcome = change.outcome ?? "under way";
  const owed = change.unsettled ? ", not delivered to all who depend on it" : "";
  stdout.write(
    `  ${MARKS[outcome] ?? "?"} ${printable(change.address)} (${change.type}, ${change.location}): ${outcome}${owed}\n`,
  );
  if (change.error !== null) stdout.write(`      ${printable(change.error.message)}\n`);
  for (const { property, from, to } of change.changes)
    stdout.write(`      ${printable(property)}: ${shownValue(from)} -> ${shownValue(to)}\n`);
  if (contents === undefined) return;
  const [before, after] = [textOf(change.beforeDigest, contents), textOf(change.afterDigest, contents)];
  if (before === after) return;
  const { unifiedDiff } = await import("../../report/text-diff.ts");
  stdout.write(`${unifiedDiff(change.name, before, after, palette(wantsColour(stdout, process.env)))}\n`);
}

const MARKS: Readonly<Record<string, string>> = {
  create: "+",
  update: "~",
  delete: "-",
  run: ">",
  none: "=",
  failed: "!",
  interrupted: "!",
};

/** null: there was none, it was not kept, or it is no text. */
function textOf(digest: string | null, contents: (digest: string) => Uint8Array | null): string | null {
  const bytes = digest === null ? null : contents(digest);
  return bytes === null || bytes.includes(0) ? null : new TextDecoder().decode(bytes);
}
