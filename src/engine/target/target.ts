import type { MaybePromise } from "../../base/maybe-promise.ts";
import type { Kept } from "../record/record.ts";
import type {
  ActionResult,
  AnyAction,
  AnyQuery,
  AnyResource,
  Change,
  Diff,
  Facts,
  Inputs,
  TargetLook,
} from "../resource.ts";
import type { Value } from "../../base/value.ts";

/** What goes with every question to a target. */
export interface TargetCall {
  readonly signal: AbortSignal;
  readonly sensitive: boolean;
  /** Send the contents of the file before and after, for undo and `--diff`; "always": before even where nothing differs. */
  readonly keep: boolean | "always";
  /** Contents by digest, asked for only when a difference needs them. */
  readonly inputs: Inputs;
  /** Hears what a change does beside the one thing it is about. Without it nothing of that is looked at. */
  readonly traces?: TraceListener | undefined;
  /** Output of commands as it comes. */
  readonly onOutput?: ((stream: "stdout" | "stderr", chunk: Uint8Array) => void) | undefined;
}

export interface Examined {
  readonly diff: Diff;
  /** Nothing is asked of what is there. */
  readonly asIs: boolean;
  readonly before?: Kept | undefined;
  /** Of a path that differs and that a link above it leads to: where it really is. */
  readonly via?: string | undefined;
}

export interface Applied {
  /** Read again after the change. */
  readonly after: Facts | null;
  /** As stated, resolved against what is there now. */
  readonly desired: Partial<Facts> | null;
  /** What still differs. */
  readonly left: readonly Change[];
  readonly contents?: Kept | undefined;
  /** From another host: what its call's `traces` heard there. */
  readonly traces?: readonly Trace[] | undefined;
}

/** A path that a change touched beside the one it is about. */
export interface Trace {
  /** Where it really is. */
  readonly name: string;
  /** It stays the very same one with the same contents: its owner, mode or times alone are changed. */
  readonly keeps: boolean;
  /** It was given one more name, so that changes by that name are changes of it. */
  readonly named?: true | undefined;
  readonly before: Facts | null;
  readonly beforeContents?: Kept | undefined;
  readonly after: Facts | null;
  readonly afterContents?: Kept | undefined;
}

export interface TraceListener {
  /** Before it is touched. On another host: when the whole change is answered. */
  touching(trace: Pick<Trace, "name" | "keeps" | "before" | "beforeContents">): void;
  touched(trace: Trace): void;
}

export interface Item {
  /** Of the address. */
  readonly name: string;
  readonly want: Value;
  readonly diff: Diff;
  /** By the type's `remove`, for undo. */
  readonly remove?: true | undefined;
}

/**
 * A machine that resources are on: this one, or another at the far end of ssh, which runs the same code. In plan every change goes to
 * its overlay. Errors are SlothErrors.
 */
export interface Target extends Omit<TargetLook, "ask" | "open"> {
  examine(type: AnyResource, name: string, want: Value, call: TargetCall): MaybePromise<Examined>;
  /** Only looks: for drift. */
  read(type: AnyResource, name: string, want: Value, call: TargetCall): MaybePromise<Facts | null>;
  /** All items in one go when the type can (`applyAll`), else one after the other. Answers in the order of the items. */
  apply(type: AnyResource, items: readonly Item[], call: TargetCall): Promise<readonly Applied[]>;
  needed(type: AnyAction, want: Value, call: TargetCall): MaybePromise<boolean>;
  act(type: AnyAction, want: Value, call: TargetCall): Promise<ActionResult>;
  /** In plan: lays what an action would make over what is there. */
  foretell(type: AnyAction, want: Value, call: TargetCall): MaybePromise<void>;
  query(type: AnyQuery, want: Value, call: TargetCall): MaybePromise<Value>;
  /** Every link in it followed; as it is written where it does not resolve. */
  realPath(path: string): MaybePromise<string>;
  /** A file as it is there, read as it is taken. */
  open(path: string, signal: AbortSignal): AsyncIterable<Uint8Array>;
  /** In plan: why something may be other than it looks; else undefined. */
  unknownBecause(): string | undefined;
  /** In plan: something was not done whose effects nobody can know. */
  noteUnknown(reason: string, of?: { readonly kind: string; readonly name: string }): void;
  /** Makes durable what was written: called where a task ends. */
  settle(): Promise<void>;
}
