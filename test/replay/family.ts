import type { Value } from "../../src/base/value.ts";
import type { FakeFiles } from "../support/fake-files.ts";
import type { FakeCommands, FakeSystem } from "../support/fake-system.ts";

/** What was there, by its key: a path, or what the family calls it, such as `crontab:root`. null: gone. */
type State = { readonly [key: string]: Entry };
export type Entry = string | null | { readonly m?: string; readonly text?: string; readonly [more: string]: unknown };

/** A step that another tool was seen to do. */
export interface Step {
  readonly id: string;
  readonly module: string;
  readonly args: { readonly [name: string]: unknown };
  /** It was only asked what it would do. */
  readonly check: boolean;
  readonly changed: boolean;
  readonly failed: boolean;
  readonly before: State;
  /** Only what differs. */
  readonly after: State;
}

export interface Call {
  /** "cron.job" */
  readonly type: string;
  readonly props: { readonly [name: string]: Value };
}

/** How the steps of one recording are done by our functions, on a machine that is made up of files and a few commands. */
export interface Family {
  readonly name: string;
  /** The recording with what is made up in it, such as the data of a key, in the shape of what is real. */
  prepare?(line: string): string;
  /** Our call; a text: why there is none. */
  call(step: Step): Call | string;
  /** Commands of the machine beside its files; what they change is kept in `kept`, by the keys of the state. */
  commands?(step: Step, kept: Map<string, string>): FakeCommands;
  /** Programs of the machine, whatever words they are given; as `commands`. */
  programs?(step: Step, kept: Map<string, string>): FakeCommands;
  /** Text of an entry that is no path's, where the recording has it as data. */
  entryText?(key: string, entry: unknown): string | undefined;
  /** More files: `/etc/passwd`, or, made up from `kept`, `/proc/sys/…`. */
  files?(step: Step, kept: ReadonlyMap<string, string>): FakeFiles;
  /** Text of a key that is no path, as the recording has it. */
  text?(key: string, system: FakeSystem): string | null | undefined;
  /** What says the same in other words: both texts are compared after it. */
  normal?(text: string, key: string): string;
  /** A difference that is meant, and why. */
  readonly meant?: { readonly [id: string]: string };
}

/** A call with the fields that are given. */
export function call(type: string, given: { readonly [name: string]: unknown }): Call {
  const props = Object.entries(given).filter(([, value]) => value !== undefined && value !== null);
  return { type, props: Object.fromEntries(props) as { [name: string]: Value } };
}
