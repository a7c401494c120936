/** One resource type, tried on a real machine by the built program. In shell and Lua, HERE stands for a directory of its own. */
export interface Case {
  /** Shell: what is there before. */
  readonly given?: string;
  /** Lua: the fields of the call. The variable SECRET is a value that may not be seen. */
  readonly call: string;
  /**
   * A change by hand to each property that is recorded. `exists` is there when the whole resource may go, or come where it is to be absent.
   */
  readonly byHand: { readonly [property: string]: string | ByHand };
  /** Shell that succeeds once SECRET, there $SECRET, is where it belongs; for types that take contents. */
  readonly arrived?: string;
  /** The type takes no Secret there: only `sensitive = true` hides it. */
  readonly onlySensitive?: true;
  /** SECRET itself, where not any text will do. */
  readonly secret?: string;
  /** With these words destroy leaves it as it is; without them it takes everything back. */
  readonly lasts?: string;
  /** Shell: takes away what destroy is to leave: a home, for instance. */
  readonly left?: string;
  /** Shell: takes all of it away, so that it can be tried again on the same machine. */
  readonly away?: string;
}

export interface ByHand {
  readonly sh: string;
  /** What drift says of it, where it is not just this property. */
  readonly drifts?: readonly string[];
  /** Words of the error, where a run refuses to put it back; without them it is left as it is. */
  readonly refused?: string;
  /** Shell: puts it back where a run does not. */
  readonly undo?: string;
}

export type Cases = { readonly [type: string]: Case };
