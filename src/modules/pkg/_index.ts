import { SlothError } from "../../base/errors.ts";
import { didYouMean } from "../../base/nearest.ts";
import type { Argv, ReadSystem, System } from "../../system/system.ts";
import { ifReadable } from "./_if-readable.ts";
import type { Manager, Offer } from "./_manager.ts";
import { managerOf } from "./_managers.ts";
import { bestMatch } from "./_versions.ts";

const DEPTH = 3;

export function isFetched(manager: Manager, target: ReadSystem): boolean {
  return indexFiles(manager, target).length > 0;
}

/** What an installation is to fetch first: nothing, all of the index, or that of the sources that have none yet. */
export async function fetchedFirst(
  wants: readonly Fetching[],
  manager: Manager,
  target: ReadSystem,
): Promise<readonly Argv[]> {
  if (!isFetched(manager, target) || wants.some((want) => isToFetch(want, manager, target))) return [manager.refresh];
  return target.cached("pkg.unfetched", () => Promise.resolve(manager.unfetched?.(target) ?? []));
}

interface Fetching {
  readonly updateCache: boolean;
  readonly cacheValidMs?: number;
}

/** As it is told to, or where the index is too old. */
function isToFetch(want: Fetching, manager: Manager, target: ReadSystem): boolean {
  if (want.updateCache) return true;
  return want.cacheValidMs !== undefined && Date.now() - fetchedAt(manager, target) > want.cacheValidMs;
}

/** Files of an index have the time at which they were made; its directory has the one at which they came, or were found to be the same. */
function fetchedAt(manager: Manager, target: ReadSystem): number {
  return Math.max(...manager.index.directories.map((directory) => target.stat(directory)?.mtimeMs ?? 0));
}

/** Notes on the index's directories that it is as new as it can be. */
export function noteFetched(manager: Manager, target: System): void {
  const now = Date.now();
  for (const directory of manager.index.directories)
    if (target.stat(directory)?.type === "directory") target.utimes(directory, now, now);
}

/** The index's files with their digests: the same text as long as it is the same index. */
export async function indexPrint(manager: Manager, target: ReadSystem): Promise<string> {
  const lines: string[] = [];
  for (const path of indexFiles(manager, target)) lines.push(`${path} ${await target.digest(path)}`);
  return lines.join("\n");
}

function indexFiles(manager: Manager, target: ReadSystem): readonly string[] {
  const { directories, files } = manager.index;
  return directories.flatMap((directory) => filesBelow(directory, files, DEPTH, target));
}

function filesBelow(directory: string, files: RegExp, depth: number, target: ReadSystem): readonly string[] {
  if (depth === 0 || target.stat(directory)?.type !== "directory") return [];
  const names = ifReadable(() => target.list(directory)) ?? []; // apt's half-fetched files are closed to others
  return names.flatMap((name) => {
    const path = `${directory}/${name}`;
    const type = target.stat(path)?.type;
    if (type === "directory") return filesBelow(path, files, depth - 1, target);
    return type === "file" && files.test(name) ? [path] : [];
  });
}

/** What the index has of that name; asked once, and again after anything was run. */
export function offerOf(manager: Manager, name: string, target: ReadSystem): Promise<Offer> {
  const repositories = manager.refresh.join(" ");
  return target.cached(`pkg.offer ${repositories} ${name}`, () => manager.offer(name, target));
}

/** A version as the index has it; as it was asked for where the index does not have it. */
export async function fullVersion(name: string, version: string, target: ReadSystem): Promise<string> {
  const manager = await managerOf(target);
  if (!isFetched(manager, target)) return version;
  const { versions } = await offerOf(manager, name, target);
  return bestMatch(version, versions) ?? version;
}

/** The version of the index that is the one asked for; of several the best. Undefined: none was asked for, the manager's choice. */
export async function resolve(
  manager: Manager,
  name: string,
  version: string | null,
  target: ReadSystem,
): Promise<string | undefined> {
  const offer = await offerOf(manager, name, target);
  if (!offer.known) throw await unknownPackage(manager, name, offer, target);
  if (version === null) return undefined;
  const found = bestMatch(version, offer.versions);
  if (found !== undefined) return found;
  const hint = offer.versions.length === 0 ? `${name} is a virtual package` : `there is ${listed(offer.versions)}`;
  throw new SlothError("E_PACKAGE_VERSION", `there is no version ${version} of ${name}`, { hint });
}

async function unknownPackage(manager: Manager, name: string, offer: Offer, target: ReadSystem): Promise<SlothError> {
  if (offer.members !== undefined)
    return new SlothError("E_PACKAGE_GROUP", `${name} is a group of packages, not a package`, {
      hint: `name those of it that are wanted: ${offer.members.join(", ")}`,
    });
  if (offer.choices.length > 0)
    return new SlothError("E_PACKAGE_VIRTUAL", `${name} is a virtual package that several packages provide`, {
      hint: `choose one of ${offer.choices.join(", ")}`,
    });
  const meant = didYouMean(name, (await manager.names?.(target)) ?? []);
  const hint = meant ?? "refresh the index with pkg.update, or add the repository that has it";
  return new SlothError("E_PACKAGE_UNKNOWN", `${manager.name} knows no package ${name}`, { hint });
}

function listed(versions: readonly string[]): string {
  const shown = versions.slice(0, 8);
  return shown.length < versions.length
    ? `${shown.join(", ")} and ${versions.length - shown.length} more`
    : shown.join(", ");
}
