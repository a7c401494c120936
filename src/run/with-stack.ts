import type { Around } from "./around.ts";
import { SlothError } from "../base/errors.ts";
import { databasePath } from "../store/place.ts";
import type { Stack } from "../store/contract.ts";
import type { Store } from "../store/contract.ts";
import { openStore } from "../store/open-store.ts";
import { checkStackName } from "../store/stack-name.ts";
import { ownName } from "../system/host.ts";

/** What was asked for, for the record: "stack destroy web --yes". */
type Asked = Pick<Around, "line">;

type Work<S, T> = (subject: S, store: Store) => T | Promise<T>;

/** Looks into the database; `work` is given null where there is none yet. Nothing is made on the disk. */
export async function reading<T>(db: string | undefined, work: (store: Store | null) => T | Promise<T>): Promise<T> {
  await using store = await openStore({ place: databasePath(db), mode: "read" });
  return await work(store);
}

/** Opens the database for writing, and makes it where there is none; with `create` its directory too. */
export async function writing<T>(
  db: string | undefined,
  asked: Asked & { readonly create?: boolean | undefined },
  work: (store: Store) => T | Promise<T>,
): Promise<T> {
  await using store = await mustOpen(databasePath(db), asked);
  return await work(store);
}

export function readingStack<T>(name: string, db: string | undefined, work: Work<Stack, T>): Promise<T> {
  return reading(db, async (store) => {
    if (store === null) throw noDatabase(name, db);
    return await work(await store.mustFind(name), store);
  });
}

/** A database is not made for a stack that cannot be in it. */
export async function writingStack<T>(
  name: string,
  db: string | undefined,
  asked: Asked,
  work: Work<Stack, T>,
): Promise<T> {
  checkStackName(name);
  await readingStack(name, db, () => undefined);
  return await writing(db, asked, async (store) => work(await store.mustFind(name), store));
}

export interface Held {
  readonly name: string;
  readonly db: string | undefined;
  /** How long a run of the stack that is under way is waited for: `--lock-timeout`. */
  readonly lockTimeoutMs: number | undefined;
}

/** As writingStack, while no run of it is under way. */
export function holdingStack<T>({ name, db, lockTimeoutMs = 0 }: Held, asked: Asked, work: Work<Stack, T>): Promise<T> {
  return writingStack(name, db, asked, async (stack, store) => {
    await using _lock = await stack.takeLock(lockTimeoutMs, new AbortController().signal);
    return await work(stack, store);
  });
}

async function mustOpen(
  place: string,
  { line, create }: Asked & { readonly create?: boolean | undefined },
): Promise<Store> {
  const store = await openStore({ place, mode: "write", command: line, who: ownName(), create });
  if (store === null) throw new TypeError("a database opened for writing is there");
  return store;
}

function noDatabase(name: string, db: string | undefined): SlothError {
  const hint = "sloth-runner stack new makes one, and a run makes its own";
  return new SlothError("E_STACK_UNKNOWN", `there is no stack ${name}: ${databasePath(db)} is not there yet`, { hint });
}
