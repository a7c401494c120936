import type { Digest } from "../../base/digest.ts";
import type { Facts } from "../../engine/resource.ts";

/** Facts of kind "user"; those after `shell` only where they were asked for or may be read. */
export type UserFacts = Facts & {
  readonly uid?: number | undefined;
  readonly group?: string | undefined;
  /** Sorted, without the primary one. */
  readonly groups?: readonly string[] | undefined;
  readonly home?: string | undefined;
  readonly comment?: string | undefined;
  readonly shell?: string | undefined;
  readonly home_exists?: boolean | undefined;
  /** Keyed digest of the hash, without the mark of a lock. */
  readonly password?: Digest | undefined;
  readonly locked?: boolean | undefined;
  /** The first day without it: "2030-12-31", or "never". */
  readonly expires?: string | undefined;
  readonly authorized_keys?: readonly string[] | undefined;
};

/** null: left alone. */
export type UserWant = {
  readonly name: string;
  readonly uid: number | null;
  readonly group: string | null;
  readonly groups: readonly string[] | null;
  readonly append: boolean;
  /** With `append`: each group and key is a property of its own. Not in a sensitive call, as names of properties are open. */
  readonly itemwise?: boolean;
  readonly home: string | null;
  readonly moveHome: boolean;
  readonly createHome: boolean | null;
  readonly shell: string | null;
  readonly comment: string | null;
  readonly system: boolean;
  readonly password: Digest | null;
  readonly locked: boolean | null;
  readonly expires: string | null;
  readonly keys: readonly string[] | null;
};
