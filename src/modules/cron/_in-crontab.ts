import type { Value } from "../../base/value.ts";
import { predictMerged, type Facts } from "../../engine/resource.ts";
import { entryHooks, type EntryForm, type EntryWant } from "../_files/entries.ts";
import { addressIn, crontabs, cronFile, cronLocks, placeOf, restated, type Place } from "./_crontab.ts";

interface Named {
  readonly name: string;
  readonly user?: string | undefined;
  readonly file?: string | undefined;
}

/** What types with an entry in a crontab share. */
export function inCrontab<W extends EntryWant & Value & { readonly place: Place }, S extends Facts>(
  form: EntryForm<W, S>,
) {
  const hooks = entryHooks<W, S>(form, crontabs);
  return {
    version: 1,
    identity: (props: Named): string => addressIn(placeOf(props), props.name),
    ...hooks,
    predict: predictMerged,
    locks: cronLocks,
    file: cronFile,
    undo: { ...hooks.undo, restate: restated },
  } as const;
}
