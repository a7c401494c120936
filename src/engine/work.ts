import type { Call } from "./context.ts";
import type { Address, Declaration } from "./record.ts";
import type { AnyResource } from "./resource.ts";
import type { Examined, Target, TargetCall } from "./target.ts";
import type { Value } from "./value.ts";

/** One resource of a call on its way. */
export interface Work {
  readonly type: AnyResource;
  readonly address: Address;
  /** addressText(address) */
  readonly text: string;
  readonly want: Value;
  readonly target: Target;
  readonly targetCall: TargetCall;
  readonly sensitive: boolean;
  readonly call: Call;
  /** performance.now() when it began. */
  readonly startedAt: number;
}

/** What looking found. */
export interface Found {
  readonly work: Work;
  readonly examined: Examined;
  /** As it will be recorded. */
  readonly declaration: Declaration;
}
