import type { Address } from "../../base/address.ts";
import type { Call } from "../context.ts";
import type { Declaration } from "../record/record.ts";
import type { AnyResource } from "../resource.ts";
import type { Examined, Target, TargetCall } from "../target/target.ts";
import type { Value } from "../../base/value.ts";

/** What an outcome is told of: a resource, or an action. */
export interface Subject {
  readonly type: { readonly name: string };
  readonly address: Address;
  /** What the record and the latch call it: for a resource addressText(address). */
  readonly text: string;
  readonly sensitive: boolean;
  readonly call: Call;
  /** performance.now() when it began. */
  readonly startedAt: number;
}

/** One resource of a call on its way. */
export interface Work extends Subject {
  readonly type: AnyResource;
  readonly want: Value;
  readonly target: Target;
  readonly targetCall: TargetCall;
}

/** What looking found. */
export interface Found {
  readonly work: Work;
  readonly examined: Examined;
  /** As it will be recorded. */
  readonly declaration: Declaration;
}
