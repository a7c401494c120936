import type { HistoryPast } from "../contract.ts";
import { addressText, type Address } from "../../base/address.ts";
import { isDigest } from "../../base/digest.ts";
import type { ValueObject } from "../../base/value.ts";
import type { Past } from "../../engine/undo/rollback.ts";
import type { Connection } from "./connection.ts";
import { fromName, type NameColumn } from "./names.ts";
import { readObject } from "./values.ts";

/**
 * How everything was at the end of a run, as far as changes before and after it tell: what the last one up to it left, else what the first
 * one after it found.
 */
export function momentsOf(connection: Connection, stack: number, run: number): HistoryPast {
  const found = new Map<string, Seen>();
  let actionsSince = 0;
  for (const row of connection.each<ChangeColumns>(CHANGES, stack)) {
    const isAfter = row.number > run;
    if (row.action === "run") actionsSince += isAfter ? 1 : 0;
    if (row.action === "run" || row.action === "none" || row.outcome === "none") continue;
    const address = { host: fromName(row.host), kind: fromName(row.kind), name: fromName(row.name) };
    const key = addressText(address);
    const seen = found.get(key) ?? { address, first: row.id, last: row.id, before: undefined, after: undefined };
    found.set(key, seen);
    seen.last = row.id;
    if (isAfter) seen.after ??= row;
    // What a change that failed or was cut off left is not known, unless a later one tells what it found.
    else seen.before = row;
  }
  const truths = truthsAt(connection, stack, run);
  const addresses = [...found].flatMap(([key, seen]) =>
    thenOf(connection.path, seen).map((past) => withTruth(past, seen, truths.get(key))),
  );
  return { addresses, actionsSince };
}

/** What a run that changed nothing of it found true. */
interface Truth {
  readonly run: number;
  readonly facts: ValueObject | null;
}

interface TruthColumns extends Pick<ChangeColumns, "host" | "kind" | "name"> {
  readonly run: number;
  readonly facts: string;
}

/** The newest of each address up to a run. */
function truthsAt(connection: Connection, stack: number, run: number): ReadonlyMap<string, Truth> {
  const rows = connection.all<TruthColumns>(TRUTHS, stack, run);
  return new Map(
    rows.map(({ host, kind, name, run: told, facts }) => [
      addressText({ host: fromName(host), kind: fromName(kind), name: fromName(name) }),
      { run: told, facts: readObject(connection.path, facts) },
    ]),
  );
}

const TRUTHS =
  "SELECT host, kind, name, max(run) AS run, facts FROM found WHERE stack = ? AND run <= ? GROUP BY host, kind, name";

/** What a later run found true says more than what the change before it left, or what the next one met. */
function withTruth(past: Past, { before }: Seen, truth: Truth | undefined): Past {
  if (truth === undefined || truth.facts === null || past.facts === null) return past;
  if (!past.since && before !== undefined && before.number >= truth.run) return past;
  const { content } = truth.facts;
  const digest = typeof content === "string" && isDigest(content) ? content : past.digest;
  return { ...past, facts: { ...past.facts, ...truth.facts }, digest };
}

interface Seen {
  readonly address: Address;
  readonly first: number;
  last: number;
  before: ChangeColumns | undefined;
  after: ChangeColumns | undefined;
}

interface ChangeColumns {
  readonly id: number;
  readonly number: number;
  readonly task: string;
  readonly host: NameColumn;
  readonly kind: NameColumn;
  readonly name: NameColumn;
  readonly type: string;
  readonly action: string;
  readonly outcome: string | null;
  readonly before: string | null;
  readonly after: string | null;
  readonly before_digest: string | null;
  readonly after_digest: string | null;
}

const CHANGES = `
  SELECT changes.id, runs.number, task, host, kind, name, type, action, outcome, before, after, before_digest, after_digest
  FROM changes JOIN runs ON runs.id = changes.run WHERE runs.stack = ? ORDER BY changes.id`;

function thenOf(path: string, { address, first, last, before, after }: Seen): readonly Past[] {
  const known = before !== undefined && ["create", "update", "delete"].includes(before.outcome ?? "");
  const common = { address, first, last };
  if (known) {
    const { type, task, after_digest: digest } = before;
    return [
      {
        ...common,
        type,
        task,
        facts: readObject(path, before.after),
        digest,
        told: before.id,
        since: false,
        noFile: false,
      },
    ];
  }
  if (after === undefined) return [];
  const { type, task, before_digest: digest } = after;
  const noFile = digest === null && after.after_digest !== null;
  return [
    { ...common, type, task, facts: readObject(path, after.before), digest, told: after.id, since: true, noFile },
  ];
}
