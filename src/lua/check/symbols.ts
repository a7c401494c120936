import type { Shape } from "../../engine/shape.ts";
import type { Constant, Proto } from "./bytecode.ts";

/** What is known, without running it, of a value. */
export type Symbol =
  | { readonly kind: "unknown" }
  | { readonly kind: "constant"; readonly value: Constant }
  /** `file_ops.copy`: a global, or a member of one. */
  | { readonly kind: "global"; readonly path: readonly string[] }
  | LiteralTable
  | Closure
  /** What a function of the program answered, or `ctx`. */
  | { readonly kind: "shaped"; readonly shape: Shape; readonly added: Set<string> };

/** A table that is written out. */
export interface LiteralTable {
  readonly kind: "table";
  readonly line: number;
  readonly fields: Map<string, { readonly value: Symbol; readonly line: number }>;
  readonly items: Symbol[];
  /** It may have more fields than are seen. */
  isOpen: boolean;
}

/** A function that is written out; how its parameters are called is learnt after it was made. */
export interface Closure {
  readonly kind: "closure";
  readonly proto: Proto;
  readonly upvalues: readonly Symbol[];
  readonly parameters: Symbol[];
}

export const UNKNOWN: Symbol = { kind: "unknown" };
