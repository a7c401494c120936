import type { ResourceRow } from "../record/record.ts";
import { asDigest, fileMaker, fileOf, holdsContents } from "./makers.ts";
import { putFile, removedRow } from "./put-back.ts";
import { isSealed } from "./sealed.ts";
import type { DestroyOptions } from "./destroy.ts";
import type { Step } from "./step.ts";

/** Digests of a file's contents around a change; null: there was no file, or it was not kept. */
export interface FileChange {
  readonly before: string | null;
  readonly after: string | null;
}

type Files = ReadonlyMap<ResourceRow, Step>;

/**
 * Files of which the stack keeps lines, blocks or replacements, and which nobody else has changed between its first change and now: those
 * are put back whole. In all others each part is undone by itself.
 */
export async function wholeFiles(rows: readonly ResourceRow[], options: DestroyOptions): Promise<Files> {
  const steps = new Map<ResourceRow, Step>();
  for (const { path, parts } of partsByFile(rows, options)) {
    const digests = options.digestsOf(parts);
    const [first, last] = [digests[0], digests.at(-1)];
    const isUnbroken = digests.every(({ before }, index) => index === 0 || before === digests[index - 1]?.after);
    const [main, ...others] = parts;
    if (first === undefined || main === undefined || !isUnbroken || !mayGoWhole(parts, first.before, options)) continue;
    if (last?.after == null || (await digestNow(main, path, last.after, options)) !== last.after) continue;
    const step = await putFile(main, path, first.before, options, () => removedRow(main, options.now()));
    steps.set(main, step === undefined ? release(main, "is what it was before", options) : { ...step, undone: true });
    for (const row of others) steps.set(row, release(row, "is put back with the rest of its file", options));
  }
  return steps;
}

interface PartsOfFile {
  readonly path: string;
  readonly parts: ResourceRow[];
}

/** Of each host's files; those that a row holds the contents of are that row's. */
function partsByFile(rows: readonly ResourceRow[], { looking }: DestroyOptions): readonly PartsOfFile[] {
  const files = new Map<string, PartsOfFile>();
  for (const row of rows) {
    const path = fileOf(row, looking.types);
    if (path === undefined) continue;
    const file = files.get(`${row.host}\0${path}`) ?? { path, parts: [] };
    files.set(`${row.host}\0${path}`, file);
    file.parts.push(row);
  }
  return [...files.values()].filter(({ parts }) => parts.every(({ kind }) => !holdsContents(kind, looking.types)));
}

/** Each was changed by this stack alone and is in no other, and what the file held is known. */
function mayGoWhole(parts: readonly ResourceRow[], before: string | null, options: DestroyOptions): boolean {
  const originals = parts.map((row) => options.originalOf(row));
  if (originals.includes(undefined) || parts.some((row) => isSealed(row) || options.alsoIn(row).length > 0))
    return false;
  return before === null ? originals.every((one) => one?.facts === null) : options.contents(before) !== null;
}

export async function digestNow(
  row: ResourceRow,
  path: string,
  like: string | null,
  { looking }: DestroyOptions,
): Promise<string | undefined> {
  const maker = fileMaker(looking.types);
  const want = maker?.undo?.restate?.(path, null, asDigest(like))?.want;
  if (maker === undefined || want === undefined || like === null) return undefined;
  const target = await looking.targetFor(row.host);
  const found = await target.read(maker, path, want, looking.call);
  return found === null ? undefined : (maker.undo?.contentOf?.(found) ?? undefined);
}

function release(row: ResourceRow, note: string, { now }: DestroyOptions): Step {
  const becomes = (): ResourceRow => removedRow(row, now());
  return { row, type: row.module, action: "release", changes: [], note, undone: true, becomes };
}
