import type { MaybePromise } from "../../base/maybe-promise.ts";
import { printable } from "../../base/printable.ts";
import type { RunDocument } from "../documents/run.ts";
import { shownChange } from "../shown-change.ts";
import { shownDuration, shownValue } from "../shown.ts";
import { shownTime } from "../../base/shown-time.ts";
import type { Palette } from "../style.ts";
import { fields } from "../table.ts";

/** What was kept of a file, by digest, and how a diff of it is painted. */
export interface Texts {
  readonly contents: (digest: string) => MaybePromise<Uint8Array | null>;
  readonly paint: Palette;
  readonly columns: number | undefined;
}

type ChangeDocument = RunDocument["changes"][number];

/** A run for people; with `texts` also how the texts of files changed. */
export async function runText(
  run: RunDocument,
  { texts, columns }: { readonly texts: Texts | undefined; readonly columns: number | undefined },
): Promise<string> {
  const parts = [
    fields(
      [
        ["Run", run.number],
        ["Result", run.error === null ? run.status : `${run.status}: ${run.error}`],
        ["Command", run.command],
        ["Script", run.script === "" ? null : `${run.script} (${shownValue(run.script_digest)})`],
        ["By", `${byText(run)}@${run.hostname}`],
        ["Started", shownTime(run.started_at)],
        ["Took", run.duration_ms === null ? null : shownDuration(run.duration_ms)],
      ],
      columns,
    ),
  ];
  const changes = Map.groupBy(run.changes, ({ task }) => task);
  for (const task of run.tasks) {
    const attempts = task.attempts > 1 ? `, ${task.attempts} attempts` : "";
    parts.push(`\n${printable(task.name)}: ${task.result ?? "not ended"}${attempts}\n`);
    if (task.error !== null) parts.push(`  ${printable(task.error.message)}\n`);
    for (const change of changes.get(task.name) ?? []) parts.push(await changeText(change, texts));
  }
  return parts.join("");
}

/** `ana as root`, when it was sudo. */
export function byText({ user, sudo_user }: { readonly user: string; readonly sudo_user: string | null }): string {
  return sudo_user === null ? user : `${sudo_user} as ${user}`;
}

async function changeText(change: ChangeDocument, texts: Texts | undefined): Promise<string> {
  const outcome = change.outcome ?? "under way";
  const owed = change.unsettled ? ", not delivered to all who depend on it" : "";
  const place = `(${change.type}, ${change.location})`;
  const lines = [`  ${MARKS[outcome] ?? "?"} ${printable(change.address)} ${place}: ${outcome}${owed}\n`];
  if (change.error !== null) lines.push(`      ${printable(change.error.message)}\n`);
  for (const { property, from, to } of change.changes)
    lines.push(`      ${printable(property)}: ${shownChange(from, to)}\n`);
  if (texts !== undefined) lines.push(await diffText(change, texts));
  return lines.join("");
}

async function diffText(change: ChangeDocument, { contents, paint, columns }: Texts): Promise<string> {
  const [before, after] = [await textOf(change.before_digest, contents), await textOf(change.after_digest, contents)];
  if (before === after) return "";
  const { unifiedDiff } = await import("../text-diff.ts");
  return `${unifiedDiff(change.name, before, after, paint, columns)}\n`;
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
async function textOf(digest: string | null, contents: Texts["contents"]): Promise<string | null> {
  const bytes = digest === null ? null : await contents(digest);
  return bytes === null || bytes.includes(0) ? null : new TextDecoder().decode(bytes);
}
