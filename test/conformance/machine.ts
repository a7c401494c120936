import type { Ran } from "../support/binary.ts";

/** Where a case is tried: this machine, or a host of the lab. */
export interface Machine {
  /** A new directory. */
  directory(): Promise<string>;
  /** Runs the program; whoever cannot wait may look at the processes of that machine meanwhile. */
  sloth(words: readonly string[]): Promise<Ran>;
  /** Its output; throws when it fails. */
  shell(script: string): Promise<string>;
  write(path: string, text: string): Promise<void>;
  /** All that a resource may change, as text: two equal texts are two equal machines. */
  look(directory: string): Promise<string>;
}
