import type { Store } from "./contract.ts";
import { isDefaultPlace } from "./place.ts";

export interface StoreOptions {
  /** Where it is: see databasePath. */
  readonly place: string;
  /** `write`: made and migrated when needed. `read`: nothing on the disk changes. */
  readonly mode: "write" | "read";
  /** What this process is doing, for those who wait for its locks: "run site.lua". */
  readonly command?: string | undefined;
  /** Name of the user we are, for the same. */
  readonly who?: string | undefined;
  /** Make the directory too; that of the default place is made in any case. */
  readonly create?: boolean | undefined;
}

/** null: mode `read` and there is no store yet. A directory that is not there is an error: another record than the one that is meant would begin. */
export async function openStore({ place, create = false, ...options }: StoreOptions): Promise<Store | null> {
  const { openSqlite } = await import("./sqlite/store.ts");
  if (!create && !isDefaultPlace(place)) (await import("./sqlite/open.ts")).refuseMissingDirectory(place);
  return await openSqlite({ path: place, ...options });
}

/**
 * Puts a backup in the place of a store. What is there is set aside under another name, never deleted; answers that name, null when
 * nothing was there.
 */
export async function restoreStore(place: string, from: string): Promise<string | null> {
  const { restore } = await import("./sqlite/restore.ts");
  return await restore(place, from);
}
