import { SlothError } from "../base/errors.ts";
import { parentOf } from "../base/path.ts";
import { typesOf, type DriftOptions } from "../engine/undo/find-drift.ts";
import { fixSteps } from "../engine/undo/fix.ts";
import { cannot, type Step } from "../engine/undo/step.ts";
import { modules } from "../modules/registry.ts";
import type { Stack } from "../store/contract.ts";
import type { Muted } from "./ignore.ts";
import { isDrift, lookWith, type LookRequest } from "./look-for-drift.ts";
import type { Machines } from "./machines.ts";
import { untouchedBy, type UndoPlan } from "./undo.ts";
import { isBlind, unseen } from "./unseen.ts";

/** What `--fix` puts back: all that drifted, but for the properties that a rule names. */
export async function planFix(
  stack: Stack,
  machines: Machines,
  { rules, choice, allowUnreachable }: Pick<LookRequest, "rules" | "choice" | "allowUnreachable">,
): Promise<UndoPlan> {
  const looked = await lookWith(stack, machines, { rules, choice });
  const findings = looked.filter(isAlarm);
  const { contents } = await stack.undoing();
  const options = { types: typesOf(modules), contents, now: () => new Date().toISOString() };
  const planned = findings.flatMap((finding) => fixSteps(finding, options, new Set(finding.known.keys())));
  const steps = await possible(planned, machines.looking);
  const seen = looked.filter(({ kind }) => kind !== "unreadable").map(({ row }) => row);
  const resources = findings.length === 1 ? "resource" : "resources";
  return {
    steps,
    untouched: untouchedBy(steps, seen),
    question: `Put back ${findings.length} ${resources}?`,
    notices: unseen(looked),
    isBlind: isBlind(looked, allowUnreachable),
    owed: true,
  };
}

/** Drift that nobody knows of. */
function isAlarm(finding: Muted): boolean {
  return isDrift(finding) && finding.mutedBy.length === 0;
}

const AT_ONCE = 64;

/** With what the types themselves refuse to make where nothing is: a line of a file that is gone, a file whose directory is. */
async function possible(steps: readonly Step[], looking: DriftOptions): Promise<readonly Step[]> {
  const made = new Map<string, number>();
  steps.forEach(({ row, action }, at) => {
    if (action === "create" && row.kind === "file") made.set(placeOf(row.host, row.name), at);
  });
  const checked: Step[] = [];
  for (let at = 0; at < steps.length; at += AT_ONCE) {
    const some = steps.slice(at, at + AT_ONCE).map(async (step, offset) => {
      return isMadeBefore(step, at + offset, made) ? step : await refused(step, looking);
    });
    checked.push(...(await Promise.all(some)));
  }
  return checked;
}

function placeOf(host: string, path: string): string {
  return `${host}\0${path}`;
}

/** An earlier step makes its file, or a directory above it. */
function isMadeBefore(step: Step, at: number, made: ReadonlyMap<string, number>): boolean {
  const path = pathOf(step);
  if (path === undefined) return true;
  for (let above = path; ; above = parentOf(above)) {
    if ((made.get(placeOf(step.row.host, above)) ?? at) < at) return true;
    if (above === parentOf(above)) return false;
  }
}

/** Of what is made in the file system; undefined: nothing is. */
function pathOf({ row, action, act }: Step): string | undefined {
  if (action !== "create" || act === undefined) return undefined;
  return row.kind === "file" ? row.name : act.type.file?.(act.item.want);
}

async function refused(step: Step, { targetFor, call }: DriftOptions): Promise<Step> {
  const { row, act, action } = step;
  if (act === undefined) return step;
  try {
    const target = await targetFor(row.host);
    await target.examine(act.type, row.name, act.item.want, { ...call, keep: false });
    return step;
  } catch (thrown) {
    if (thrown instanceof SlothError) return cannot(row, thrown.toString(), action);
    throw thrown;
  }
}
