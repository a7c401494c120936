import { after } from "../../base/maybe-promise.ts";
import type { Address } from "../../base/address.ts";
import { SlothError } from "../../base/errors.ts";
import { isObject, type ValueObject } from "../../base/value.ts";
import { sealObject, sealSecrets } from "./seal.ts";
import type { OutcomeAction } from "../events.ts";
import { problemOf } from "../problem.ts";
import type { Change, Facts } from "../resource.ts";
import type { HeldContents } from "../target/held-contents.ts";
import type { Intent, Journal, Kept, ResourceRow } from "../record/record.ts";
import { plainFacts } from "../record/resource-row.ts";

/** Where changes are written, and what seals what may not be read there. */
export interface ChangeWriter {
  readonly ledger: Pick<Journal, "done" | "failed"> & {
    /** A record elsewhere may take its time. */
    readonly intend: (intent: Intent) => number | Promise<number>;
  };
  readonly contents: HeldContents;
}

/** Whose change it is. */
export interface ChangeOf {
  readonly task: string;
  readonly address: Address;
  /** The Lua name under which a workflow declares it. */
  readonly type: string;
  /** As typed: file and line, or a command. */
  readonly location: string;
  /** Nothing of it is recorded but digests. */
  readonly sensitive: boolean;
  /** performance.now() */
  readonly startedAt: number;
}

export interface Intended {
  readonly action: OutcomeAction;
  readonly changes: readonly Change[];
  readonly before: Facts | null;
  readonly beforeContents?: Kept | undefined;
  readonly role?: Intent["role"];
  readonly sealed?: Intent["sealed"];
}

/** What came of it. */
interface Made {
  readonly outcome: OutcomeAction;
  readonly after: Facts | null;
  readonly afterContents?: Kept | undefined;
  /** The row as it now is; none of an action. */
  readonly row?: ResourceRow | undefined;
  /** Other than was intended. */
  readonly changes?: readonly Change[] | undefined;
  /** It is as it was. */
  readonly untouched?: boolean | undefined;
}

/** One change on its way: in the record before it is made, and what came of it after. All that is written of it is sealed here. */
export class ChangeUnderWay {
  readonly id: number;
  private readonly writer: ChangeWriter;
  private readonly of: ChangeOf;
  private readonly changes: readonly Change[];

  private constructor(id: number, writer: ChangeWriter, of: ChangeOf, changes: readonly Change[]) {
    this.id = id;
    this.writer = writer;
    this.of = of;
    this.changes = changes;
  }

  /** When it answers the intent is in the record, and the change may be made. */
  static begin(writer: ChangeWriter, of: ChangeOf, intended: Intended): ChangeUnderWay | Promise<ChangeUnderWay> {
    const { task, address, type, location } = of;
    const { action, beforeContents, role, sealed: path } = intended;
    const seal = (object: ValueObject): ValueObject => sealed(writer, of, object);
    const changes = intended.changes.map((change) => sealedChange(change, seal));
    const before = intended.before === null ? null : seal(plainFacts(intended.before));
    const told = { task, address, type, action, changes, before, beforeContents, location, role, sealed: path };
    return after(writer.ledger.intend(told), (known) => new ChangeUnderWay(known, writer, of, changes));
  }

  done({ outcome, after: found, afterContents, row, changes: other, untouched }: Made): void {
    const { of, writer } = this;
    const changes = other?.map((change) => sealedChange(change, (pair) => sealed(writer, of, pair))) ?? this.changes;
    const durationMs = performance.now() - of.startedAt;
    const facts = found === null ? null : sealed(writer, of, plainFacts(found));
    writer.ledger.done(this.id, { outcome, changes, after: facts, afterContents, row, durationMs, untouched });
  }

  /** `rowOf`: the row as it now is, given what went wrong. `untouched`: it was looked at since, and is as it was. */
  failed(error: Error, rowOf: (message: string) => ResourceRow | undefined, untouched = false): void {
    const problem = problemOf(error);
    this.writer.ledger.failed(this.id, problem, rowOf(problem.message), untouched);
  }
}

/** Looked at again, it still is not as it should be. */
export function notConverged(left: readonly Change[], sensitive: boolean, how: "applied" | "put back"): SlothError {
  const shown = left.map(({ property, from, to }) => {
    return sensitive ? property : `${property} is ${JSON.stringify(from)}, should be ${JSON.stringify(to)}`;
  });
  const hint = "something else keeps changing it, or the system did not do what it was told";
  return new SlothError("E_NOT_CONVERGED", `still differs after it was ${how}: ${shown.join("; ")}`, { hint });
}

/** What of an object may be read in the record: of a sensitive call nothing, of others no text in which a secret stands. */
function sealed({ contents }: ChangeWriter, { sensitive, address }: ChangeOf, object: ValueObject): ValueObject {
  if (sensitive) return sealObject(object, contents, address.name);
  const open = sealSecrets(object, contents);
  return isObject(open) ? open : object;
}

function sealedChange({ property, from, to }: Change, seal: (pair: ValueObject) => ValueObject): Change {
  const pair = seal({ from, to });
  return { property, from: pair["from"] ?? null, to: pair["to"] ?? null };
}
