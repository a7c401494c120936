import type { Diff } from "../../engine/resource.ts";
import type { Argv, System } from "../../system/system.ts";
import { fetchedFirst, noteFetched, resolve } from "./_index.ts";
import type { Manager, Request } from "./_manager.ts";
import { managerFor, upgradesOn } from "./_managers.ts";
import { fileFor, forgetFetched } from "./_fetched-package.ts";
import { isUrl } from "./_package-file.ts";
import type { PackageFacts, PackageWant } from "./_package.ts";
import { transact } from "./_transact.ts";

export interface PackageItem {
  readonly want: PackageWant;
  readonly diff: Diff<PackageFacts>;
}

/** All packages of one call in one transaction. */
export async function applyPackages(items: readonly PackageItem[], target: System): Promise<void> {
  const manager = await managerFor(items[0]?.want ?? {}, target);
  const lockTimeoutMs = Math.max(...items.map(({ want }) => want.lockTimeoutMs));
  const repair = manager.repair?.(target);
  if (repair !== undefined) await transact(manager, repair, target, lockTimeoutMs);
  const unwanted = items.filter(({ diff }) => diff.action === "delete");
  const wanted = items.filter(({ diff }) => diff.action !== "delete" && !isOnly(["manual", "damaged"], diff));
  if (unwanted.length > 0) {
    const names = unwanted.map(({ want }) => want.name);
    const how = {
      purge: unwanted.some(({ want }) => want.purge === true),
      autoremove: unwanted.some(({ want }) => want.autoremove === true),
    };
    await transact(manager, manager.remove(names, how), target, lockTimeoutMs);
  }
  if (wanted.length > 0) await install(manager, wanted, target, lockTimeoutMs);
  await reinstall(manager, items, target, lockTimeoutMs);
  await mark(manager, items, target, lockTimeoutMs);
}

/** What is installed anew is marked by the manager itself, but not what only gets another version. */
async function mark(
  manager: Manager,
  items: readonly PackageItem[],
  target: System,
  lockTimeoutMs: number,
): Promise<void> {
  for (const manual of [true, false]) {
    const marked = items.filter(({ diff }) =>
      diff.changes.some(({ property, to }) => property === "manual" && to === manual),
    );
    const names = marked.map(({ want }) => want.name);
    if (names.length > 0 && manager.mark !== undefined)
      await transact(manager, manager.mark(names, manual), target, lockTimeoutMs);
  }
}

/** What gets another version anyway is whole by that. */
async function reinstall(
  manager: Manager,
  items: readonly PackageItem[],
  target: System,
  lockTimeoutMs: number,
): Promise<void> {
  const damaged = items.filter(({ diff }) => diff.changes.length > 0 && isOnly(["manual", "damaged"], diff));
  const requests: Request[] = [];
  for (const { want, diff } of damaged.filter((one) => !isOnly(["manual"], one.diff))) {
    const version = diff.actual?.full_version ?? diff.actual?.version;
    const file = await fileFor(manager, want, target);
    requests.push(file === undefined ? { name: want.name, version } : { name: want.name, file });
  }
  if (requests.length > 0 && manager.reinstall !== undefined)
    await transact(manager, manager.reinstall(requests), target, lockTimeoutMs);
}

function isOnly(properties: readonly string[], { changes }: Diff<PackageFacts>): boolean {
  return changes.length > 0 && changes.every(({ property }) => properties.includes(property));
}

async function install(
  manager: Manager,
  items: readonly PackageItem[],
  target: System,
  lockTimeoutMs: number,
): Promise<void> {
  const wants = items.map(({ want }) => want);
  for (const argv of await fetchedFirst(wants, manager, target)) {
    await transact(manager, argv, target, lockTimeoutMs);
    if (argv !== manager.refresh) continue;
    noteFetched(manager, target);
    for (const left of manager.unfetched?.(target) ?? []) await transact(manager, left, target, lockTimeoutMs);
  }
  const requests: Request[] = [];
  for (const { want, diff } of items) {
    const from = diff.actual?.full_version ?? diff.actual?.version;
    const file = want.file === undefined ? undefined : await fileFor(manager, want, target);
    const version = file === undefined ? await versionFor(manager, want, target) : undefined;
    requests.push({ name: want.name, version, from, file });
  }
  const files = requests.filter(({ file }) => file !== undefined);
  for (const some of [files, requests.filter(({ file }) => file === undefined)])
    if (some.length > 0) {
      const argv = withRecommends(manager, await manager.install(some, target), items);
      await transact(manager, argv, target, lockTimeoutMs);
    }
  for (const { want } of items) if (want.file !== undefined && isUrl(want.file)) forgetFetched(want, target);
}

/** The option stands behind the verb, where every manager that has one takes it. */
function withRecommends(manager: Manager, argv: Argv, items: readonly PackageItem[]): Argv {
  const wanted = items.find(({ want }) => want.recommends !== undefined)?.want.recommends;
  const options = wanted === undefined ? [] : (manager.recommends?.(wanted) ?? []);
  const [program, ...words] = argv;
  const at = words.indexOf("install") + 1;
  return [program, ...words.slice(0, at), ...options, ...words.slice(at)];
}

/** What is there is upgraded by naming the version: some managers leave alone what is installed by that name. */
async function versionFor(manager: Manager, want: PackageWant, target: System): Promise<string | undefined> {
  const version = await resolve(manager, want.name, want.version, target);
  return want.state === "latest" ? (await upgradesOn(manager, target)).get(want.name) : version;
}
