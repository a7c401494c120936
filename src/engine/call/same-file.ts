import { addressText } from "../../base/address.ts";
import { SlothError } from "../../base/errors.ts";
import { holdsKeyed } from "../../base/digest.ts";
import type { RunContext } from "../context.ts";
import { declaredRow } from "../record/declared-so-far.ts";
import type { Declaration, ResourceRow } from "../record/record.ts";
import type { AnyResource } from "../resource.ts";
import type { Target, TargetCall } from "../target/target.ts";
import type { Found, Work } from "./work.ts";

/*
 * Several declarations may be about one file: the whole of it, and parts such as a line or a block, each at an address of its own. Where one
 * undoes another, every run does both again, and neither is the machine's doing.
 */

/** Facts of the file itself, which parts of it may state too: the last one wins, which is no quarrel about what stands in it. */
const OWNERSHIP = new Set(["mode", "owner", "group"]);

/** Parts that are looked at again when another part has changed: what is at odds is mostly near, and each look costs. */
const LOOKED_AT = 8;

/** What this run said of files: the parts that were declared, and the addresses whose contents were changed. */
export class SameFile {
  private readonly parts = new Map<string, Map<string, Rival>>();
  private readonly changed = new Set<string>();
  /** Parts as they were recorded before this run, by the file; read when it is first asked for. */
  private recorded: ReadonlyMap<string, readonly ResourceRow[]> | undefined;

  /** To be called for each resource that was found right or made so. */
  note({ work, examined }: Found, changed: boolean): void {
    const { type, want, address, text, call, sensitive } = work;
    if (sensitive) return;
    const isWhole = type.kind === "file";
    if (changed && (!isWhole || examined.diff.changes.some(({ property }) => isExclusive(type, property))))
      this.changed.add(text);
    const key = isWhole ? undefined : fileOf(work);
    if (key === undefined) return;
    const parts = this.parts.get(key) ?? new Map<string, Rival>();
    this.parts.set(key, parts.set(text, { type, want, address, text, at: call.location }));
  }

  /** The other declarations of this run that a change of `work` may have undone. `again`: it was right once, and no longer. */
  undoneBy(context: RunContext, work: Work, again: boolean): readonly Rival[] {
    const parts = this.partsBeside(work);
    if (work.type.kind === "file") return parts;
    const whole = wholeOf(context, work);
    const rivals = again ? parts.filter(({ text }) => this.changed.has(text)).slice(-LOOKED_AT) : [];
    return whole === undefined ? rivals : [whole, ...rivals];
  }

  /** What this run changed already has undone `work`: the whole file where it is a part, a part where it is the whole. */
  isChangedBeside(context: RunContext, work: Work): boolean {
    if (work.type.kind === "file") return this.partsBeside(work).some(({ text }) => this.changed.has(text));
    const whole = wholeOf(context, work);
    return whole !== undefined && this.changed.has(whole.text);
  }

  /** What was recorded of the file of `work`: its parts, or for a part the whole. */
  recordedBeside(context: RunContext, work: Work): readonly Rival[] {
    const rows = work.type.kind === "file" ? this.recordedParts(context, work) : recordedWhole(context, work);
    return rows.flatMap((row) => rivalOf(context, row, work.call.location) ?? []);
  }

  private recordedParts(context: RunContext, work: Work): readonly ResourceRow[] {
    this.recorded ??= recordedParts(context);
    return this.recorded.get(fileOf(work) ?? "") ?? [];
  }

  private partsBeside(work: Work): readonly Rival[] {
    if (this.parts.size === 0) return [];
    const parts = this.parts.get(fileOf(work) ?? "");
    return [...(parts?.values() ?? [])].filter(({ text }) => text !== work.text);
  }
}

function isExclusive(type: AnyResource, property: string): boolean {
  return type.exclusive?.includes(property) === true;
}

/** A declaration that may be undone by another one about the same file. */
type Rival = Pick<Work, "type" | "want" | "address" | "text"> & { readonly at: Work["call"]["location"] };

/** Whether what a rival states of contents stands in the file now; undefined: nobody can say, or it asks nothing. */
export async function isStanding(rival: Rival, target: Target, call: TargetCall): Promise<boolean | undefined> {
  const { type, address, want } = rival;
  try {
    const { asIs, diff } = await target.examine(type, address.name, want, { ...call, keep: false });
    const isContents = (property: string): boolean =>
      type.kind === "file" ? isExclusive(type, property) : !OWNERSHIP.has(property);
    return asIs ? undefined : !diff.changes.some(({ property }) => isContents(property));
  } catch (thrown) {
    if (thrown instanceof SlothError) return undefined;
    throw thrown;
  }
}

/** Tells where the change that was just made has undone what this run declared before: the workflow is at odds with itself. */
export async function tellQuarrel(context: RunContext, work: Work, again: boolean): Promise<void> {
  if (work.sensitive || fileOf(work) === undefined) return;
  for (const rival of context.sameFile.undoneBy(context, work, again)) {
    if ((await isStanding(rival, work.target, work.targetCall)) !== false) continue;
    const { location, scope } = work.call;
    const message =
      `${location.file}:${location.line}: ${work.text} undoes ${rival.text} of ${rival.at.file}:${rival.at.line}: ` +
      "every run will do both again; say in one place what stands in the file";
    context.emit({ type: "notice", task: scope.task, message });
    return;
  }
}

function fileOf({ type, want, address }: Pick<Work, "type" | "want" | "address">): string | undefined {
  const path = type.file?.(want);
  return path === undefined ? undefined : `${address.host} ${path}`;
}

/** The file as a whole, where this run declared it. */
function wholeOf(context: RunContext, { type, want, address }: Work): Rival | undefined {
  const path = type.file?.(want);
  if (path === undefined) return undefined;
  const whole = { host: address.host, kind: "file", name: path };
  const declared = context.declared.get(addressText(whole));
  const row = declared && declaredRow(context, declared, whole);
  return declared === undefined || row === undefined ? undefined : rivalOf(context, row, declared.at);
}

function recordedWhole(context: RunContext, { type, want, address }: Work): readonly ResourceRow[] {
  const path = type.file?.(want);
  const row =
    path === undefined ? undefined : context.ledger.recorded({ host: address.host, kind: "file", name: path });
  return row === undefined || row.state === "removed" ? [] : [row];
}

/** By its last declaration about contents; undefined where that is secret, or of a type that this version does not have. */
function rivalOf(context: RunContext, row: ResourceRow, at: Rival["at"]): Rival | undefined {
  const { host, kind, name } = row;
  const typeOf = (declaration: Declaration): AnyResource | undefined => context.types().get(declaration.type);
  const isAboutContents = (one: Declaration): boolean => kind !== "file" || typeOf(one)?.exclusive !== undefined;
  const declaration = row.declarations.findLast(isAboutContents);
  const type = declaration && typeOf(declaration);
  if (type === undefined || type.version !== declaration?.version || holdsKeyed(declaration.want)) return undefined;
  return { type, want: declaration.want, address: { host, kind, name }, text: addressText(row), at };
}

function recordedParts(context: RunContext): ReadonlyMap<string, readonly ResourceRow[]> {
  const parts = new Map<string, ResourceRow[]>();
  for (const row of context.record.rows()) {
    if (row.origin !== "module" || row.kind === "file" || row.state === "removed") continue;
    const rival = rivalOf(context, row, { file: "", line: 0 });
    const key = rival && fileOf(rival);
    if (key !== undefined) parts.set(key, [...(parts.get(key) ?? []), row]);
  }
  return parts;
}
