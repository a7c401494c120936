import type { Address } from "../../base/address.ts";
import { type ValueObject, sameValue } from "../../base/value.ts";
import { keptChecksum, plainFacts } from "../record/resource-row.ts";
import type { ResourceRow } from "../record/record.ts";
import type { FileFacts } from "../call/path-facts.ts";
import { asDigest, makerOf } from "./makers.ts";
import type { Moment, UndoOptions } from "./put-back.ts";

/** What was there before the stack first changed it, and what it left. */
export interface Original extends Moment {
  /** Of the file, as this stack last left it. */
  readonly presentDigest: string | null;
  /** As this stack last left it; undefined: the history does not tell it any more. */
  readonly left: ValueObject | null | undefined;
  /** A sensitive call touched it, so that nothing of it is told or kept. */
  readonly sealed: boolean;
}

/** A path that changes touched on their way, which no declaration is about. */
export interface Leftover extends Original {
  readonly address: Address;
  /** What the calls were about that touched it, by addressText; what the history does not tell any more is missing. */
  readonly by: ReadonlySet<string>;
  /** Of the change that touched it last. */
  readonly type: string;
  readonly task: string;
}

/** A row for what has none. */
export function rowOf({ address, type, task }: Pick<Leftover, "address" | "type" | "task">, now: string): ResourceRow {
  return {
    ...address,
    id: 0,
    origin: "module",
    module: type,
    declarations: [],
    properties: null,
    checksum: keptChecksum([], null),
    appliedChecksum: null,
    state: "removed",
    error: null,
    adopted: false,
    probe: null,
    probeOutput: null,
    task,
    runId: null,
    createdAt: now,
    updatedAt: now,
    lastApplied: null,
  };
}

/**
 * What differs from how this stack left it, by property; null: it is gone. What the record does not tell any more has not changed. `others`:
 * as it left it by other names of the same file.
 */
export async function changedSinceLeft(
  row: ResourceRow,
  { left, presentDigest, digest }: Original,
  { looking }: UndoOptions,
  others: readonly ValueObject[] = [],
): Promise<readonly string[] | null> {
  const maker = makerOf(row.kind, looking.types);
  const restated = maker?.undo?.restate?.(row.name, left ?? null, asDigest(presentDigest ?? digest));
  if (maker === undefined || restated === undefined || restated === null) return [];
  const target = await looking.targetFor(row.host);
  const found = await target.read(maker, row.name, restated.want, looking.call);
  if (found === null) return null;
  if (left === null) return ["exists"];
  const now = plainFacts(found);
  const is = (name: string, then: ValueObject): boolean => sameValue(then[name] ?? null, now[name] ?? null);
  const changed = OWN.filter((name) => left?.[name] !== undefined && ![left, ...others].some((one) => is(name, one)));
  const isOther = presentDigest !== null && now["content"] !== undefined && now["content"] !== presentDigest;
  return isOther ? [...changed, "content"] : changed;
}

const OWN = ["type", "mode", "owner", "group", "target"] as const satisfies readonly (keyof FileFacts)[];
