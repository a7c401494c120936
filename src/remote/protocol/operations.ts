import * as v from "valibot";
import { digestOf, type Digest } from "../../base/digest.ts";
import { isObject, type Value, type ValueObject } from "../../base/value.ts";
import type { Kept } from "../../engine/record/record.ts";
import type { ActionResult, Change, Diff, Facts } from "../../engine/resource.ts";
import type { Applied, Examined, Item, Trace } from "../../engine/target/target.ts";
import type { Left } from "../../system/processes/at-work.ts";
import { FILE_BYTES, FILES_BYTES, RESULT_BYTES } from "./limits.ts";

type Shape<T> = v.GenericSchema<unknown, T>;

/** What was read of a message is one. */
const value: Shape<Value> = v.custom<Value>(() => true);
const facts: Shape<Facts> = v.custom<Facts>(isObject, "expected a table");
const table: Shape<ValueObject> = v.custom<ValueObject>(isObject, "expected a table");
const nothing: Shape<null> = v.null();

const digest: Shape<Digest> = v.custom<Digest>(
  (given) => typeof given === "string" && /^(sha256|keyed):[0-9a-f]{64}$/.test(given),
  "expected a digest",
);
/** The record keeps contents under their digest, for every host alike: one host must not say what another's are. */
const kept: Shape<Kept> = v.pipe(
  v.object({ digest, bytes: v.instance(Uint8Array) }),
  v.check((given) => digestOf(given.bytes) === given.digest, "contents are others than their digest says"),
);
const change: Shape<Change> = v.object({ property: v.string(), from: value, to: value });
const diff: Shape<Diff> = v.object({
  action: v.picklist(["create", "update", "delete"]),
  changes: v.array(change),
  actual: v.nullable(facts),
  desired: v.nullable(facts),
});
const item: Shape<Item> = v.object({ name: v.string(), want: value, diff, remove: v.optional(v.literal(true)) });
const examined: Shape<Examined> = v.object({
  diff,
  asIs: v.boolean(),
  before: v.optional(kept),
  via: v.optional(v.string()),
});
const trace: Shape<Trace> = v.object({
  name: v.string(),
  keeps: v.boolean(),
  named: v.optional(v.literal(true)),
  before: v.nullable(facts),
  beforeContents: v.optional(kept),
  after: v.nullable(facts),
  afterContents: v.optional(kept),
});
const applied: Shape<Applied> = v.object({
  after: v.nullable(facts),
  desired: v.nullable(facts),
  left: v.array(change),
  contents: v.optional(kept),
  traces: v.optional(v.array(trace)),
});
const result: Shape<ActionResult> = v.object({
  changed: v.boolean(),
  value: v.optional(table),
  message: v.optional(v.string()),
});

const left: Shape<Left> = v.object({ pid: v.number(), program: v.string() });

/** What goes with every question about a call; `type` is the name of the module's function. */
const call = {
  type: v.string(),
  sensitive: v.boolean(),
  keep: v.union([v.boolean(), v.literal("always")]),
};

/**
 * Everything that a controller may ask of a host: what it says, what the answer is, and how many bytes may come beside that. Both ends are made
 * from this table; the meanings are Target's.
 */
export const operations = {
  examine: { asks: v.object({ ...call, name: v.string(), want: value }), answers: examined, beside: FILE_BYTES },
  read: { asks: v.object({ ...call, name: v.string(), want: value }), answers: v.nullable(facts), beside: FILE_BYTES },
  apply: { asks: v.object({ ...call, items: v.array(item) }), answers: v.array(applied), beside: FILES_BYTES },
  needed: { asks: v.object({ ...call, want: value }), answers: v.boolean(), beside: 0 },
  act: { asks: v.object({ ...call, want: value }), answers: result, beside: RESULT_BYTES },
  foretell: { asks: v.object({ ...call, want: value }), answers: nothing, beside: 0 },
  query: { asks: v.object({ ...call, want: value }), answers: value, beside: RESULT_BYTES },
  /** Streams a file; its bytes come beside the answer, as they are taken. */
  open: { asks: v.object({ path: v.string() }), answers: nothing, beside: Infinity },
  isDirectory: { asks: v.object({ path: v.string() }), answers: v.boolean(), beside: 0 },
  realPath: { asks: v.object({ path: v.string() }), answers: v.string(), beside: 0 },
  noteUnknown: {
    asks: v.object({ reason: v.string(), of: v.optional(v.object({ kind: v.string(), name: v.string() })) }),
    answers: nothing,
    beside: 0,
  },
  /** Commands from here on are of that stack; answers what was left of it and is still at work. */
  begin: { asks: v.object({ stack: v.string() }), answers: v.array(left), beside: 0 },
  settle: { asks: v.object({}), answers: nothing, beside: 0 },
} as const;

type Operations = typeof operations;
export type OperationName = keyof Operations;
export type Asks<N extends OperationName> = v.InferOutput<Operations[N]["asks"]>;
export type Answers<N extends OperationName> = v.InferOutput<Operations[N]["answers"]>;

export function isOperation(name: string): name is OperationName {
  return Object.hasOwn(operations, name);
}
