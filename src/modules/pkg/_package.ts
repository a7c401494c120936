import { diffStated } from "../../engine/call/diff.ts";
import type { Diff } from "../../engine/resource.ts";
import type { Digest } from "../../base/digest.ts";
import { SlothError } from "../../base/errors.ts";
import type { ReadSystem } from "../../system/system.ts";
import { doomedWith } from "./_doomed.ts";
import { isFetched, fetchedFirst, offerOf, resolve } from "./_index.ts";
import type { Installed } from "./_manager.ts";
import { installedOn, managerFor, managerOf, upgradesOn } from "./_managers.ts";
import { isUrl } from "./_package-file.ts";
import { comesAlong } from "./_planned.ts";
import { isExactly, isLoose, matchesVersion } from "./_versions.ts";

/** One package as it is recorded and sent. */
export type PackageWant = {
  readonly name: string;
  readonly state: "present" | "latest" | "absent";
  readonly version: string | null;
  readonly updateCache: boolean;
  readonly lockTimeoutMs: number;
  readonly cacheValidMs?: number;
  readonly recommends?: boolean;
  readonly purge?: boolean;
  readonly autoremove?: boolean;
  /** Its files are kept as it brought them. */
  readonly reinstall?: true;
  readonly enablerepo?: readonly string[];
  readonly disablerepo?: readonly string[];
  /** Path or URL of the package itself. */
  readonly file?: string;
  readonly sha256?: Digest;
};

export type PackageFacts = {
  /** As it was asked for, where it is that one; else as the manager has it. */
  readonly version?: string | undefined;
  /** As the manager has it, where that says more. */
  readonly full_version?: string | undefined;
  /** "installed", or where an installation stopped: "half-configured". */
  readonly status: string;
  /** Where the name is virtual: the installed package that provides it. */
  readonly provider?: string | undefined;
  readonly held?: boolean | undefined;
  /** Wanted for itself, not only for what needs it; where the manager tells. */
  readonly manual?: boolean | undefined;
  /** Files of it that are not as it brought them, where that is asked. */
  readonly damaged?: readonly string[] | undefined;
  /** What goes along with the change that is to be made. */
  readonly removes?: readonly string[] | undefined;
  /** Where the latest is wanted: the better version of the index, null when there is none. */
  readonly upgrade?: string | null | undefined;
};

export async function readPackage(want: PackageWant, target: ReadSystem): Promise<PackageFacts | null> {
  const installed = await installedOn(target);
  const found = await actualOf(installed, want, target);
  if (found === undefined && want.purge === true && installed.isLeft?.(want.name) === true)
    return { status: "config-files" };
  if (found === undefined) return (await provided(installed, want)) ?? planned(want, target);
  const { version, status, held, automatic } = found;
  const facts: PackageFacts = {
    ...(await versionFacts(want, version, target)),
    status,
    ...(held ? { held } : {}),
    ...(automatic === undefined ? {} : { manual: !automatic }),
    ...(want.reinstall === true && status === "installed" ? { damaged: await damagedOf(want, target) } : {}),
  };
  if (want.state === "absent" && !held) return withDoomed(facts, want, target);
  return want.state === "latest" ? { ...facts, upgrade: await upgradeOf(want, target) } : facts;
}

/** Of another architecture only where there is none of the machine's own. */
async function actualOf(installed: Installed, want: PackageWant, target: ReadSystem) {
  const found = best(installed, want);
  if (found?.foreign !== true || want.state === "absent") return found;
  const manager = await managerOf(target);
  if (!isFetched(manager, target)) return found;
  const offersNative = await target.cached(`pkg.native ${want.name}`, async () =>
    manager.offersNative?.(want.name, target),
  );
  return offersNative === true ? undefined : found;
}

async function damagedOf({ name }: PackageWant, target: ReadSystem): Promise<readonly string[]> {
  const manager = await managerOf(target);
  if (manager.damaged !== undefined) return manager.damaged(name, target);
  throw new SlothError("E_FIELD", `'reinstall' is of apt, dnf and zypper, and this machine has ${manager.name}`);
}

/** With what would go along with it. */
async function withDoomed(facts: PackageFacts, want: PackageWant, target: ReadSystem): Promise<PackageFacts> {
  const others = (await doomedWith(want.name, target, want)).slice(1);
  return others.length === 0 ? facts : { ...facts, removes: others };
}

async function versionFacts(
  want: PackageWant,
  version: string,
  target: ReadSystem,
): Promise<Pick<PackageFacts, "version" | "full_version">> {
  if (want.version === null || want.version === version || !matchesVersion(want.version, version)) return { version };
  // Only where the index has just that one, it is another.
  if (isLoose(want.version, version) && (await offersExactly(want.name, want.version, target))) return { version };
  return { version: want.version, full_version: version };
}

async function offersExactly(name: string, version: string, target: ReadSystem): Promise<boolean> {
  const manager = await managerOf(target);
  if (!isFetched(manager, target)) return false;
  return (await offerOf(manager, name, target)).versions.some((offered) => isExactly(version, offered));
}

/** As what something planned before needs. */
async function planned(want: PackageWant, target: ReadSystem): Promise<PackageFacts | null> {
  if (want.state === "absent" || want.file !== undefined) return null;
  const version = await comesAlong({ name: want.name, version: want.version ?? undefined }, target);
  if (version === undefined) return null;
  const facts = {
    ...(await versionFacts(want, version, target)),
    status: "installed",
    ...(await comesAutomatic(target)),
  };
  return want.state === "latest" ? { ...facts, upgrade: null } : facts;
}

/** What comes along is marked as that, where the manager can take the mark off. */
async function comesAutomatic(target: ReadSystem): Promise<Pick<PackageFacts, "manual">> {
  return (await managerOf(target)).mark === undefined ? {} : { manual: false };
}

/** Of several versions the one asked for, else the last. */
function best(installed: Installed, { name, version }: PackageWant) {
  const found = installed.find(name);
  const asked = version === null ? undefined : found.find((item) => matchesVersion(version, item.version));
  return asked ?? found.at(-1);
}

async function provided(installed: Installed, want: PackageWant): Promise<PackageFacts | null> {
  if (want.state === "absent" || want.version !== null) return null;
  const provider = await installed.provider(want.name);
  if (provider === undefined) return null;
  return want.state === "latest" ? { status: "installed", provider, upgrade: null } : { status: "installed", provider };
}

async function upgradeOf(want: PackageWant, target: ReadSystem): Promise<string | null> {
  return (await upgradesOn(await managerFor(want, target), target)).get(want.name) ?? null;
}

/** What is stated: as little as was asked, so that an upgrade by others is no drift where no version was. */
export async function desiredPackage(
  want: PackageWant,
  actual: PackageFacts | null,
  target: ReadSystem,
): Promise<Partial<PackageFacts> | null> {
  const desired = await stated(want, actual, target);
  if (actual?.held === true && diffPackage(actual, desired).changes.length > 0) throw isHeld(want, actual);
  return desired;
}

async function stated(
  want: PackageWant,
  actual: PackageFacts | null,
  target: ReadSystem,
): Promise<Partial<PackageFacts> | null> {
  if (want.state === "absent") return null;
  if (actual === null || (want.version !== null && want.version !== actual.version)) await mustBeOffered(want, target);
  const removes = differs(want, actual) ? await displaced(want, target) : [];
  const { version } = want;
  return {
    status: "installed",
    ...(version === null ? {} : { version }),
    ...(want.state === "latest" ? { upgrade: null } : {}),
    ...(removes.length === 0 ? {} : { removes }),
    ...(actual?.manual === undefined ? {} : { manual: true }),
    ...(want.reinstall === true ? { damaged: [] } : {}),
  };
}

function differs(want: PackageWant, actual: PackageFacts | null): boolean {
  if (actual === null || (want.version !== null && want.version !== actual.version)) return true;
  return want.state === "latest" && actual.upgrade !== null;
}

/** What is installed and has to make room. */
async function displaced(want: PackageWant, target: ReadSystem): Promise<readonly string[]> {
  const manager = await managerFor(want, target);
  if (isRemote(want)) return [];
  if (manager.wouldDisplace === undefined || (await fetchedFirst([want], manager, target)).length > 0) return [];
  const { name, file } = want;
  const version = file === undefined ? await resolve(manager, name, want.version, target) : undefined;
  return manager.wouldDisplace([{ name, version, file }], target);
}

function isRemote({ file }: PackageWant): boolean {
  return file !== undefined && isUrl(file);
}

/** Refuses what the index does not have, as long as it will not be fetched first. */
async function mustBeOffered(want: PackageWant, target: ReadSystem): Promise<void> {
  const manager = await managerFor(want, target);
  if (want.file !== undefined) return;
  if ((await fetchedFirst([want], manager, target)).length === 0)
    await resolve(manager, want.name, want.version, target);
}

/** An upgrade reads as one: from the version that is there to the better one. */
export function diffPackage(actual: PackageFacts | null, desired: Partial<PackageFacts> | null): Diff<PackageFacts> {
  const diff = diffStated(actual, desired);
  const changes = diff.changes.map((change) =>
    change.property === "upgrade" ? { property: "version", from: actual?.version ?? null, to: change.from } : change,
  );
  if (desired !== null || actual?.removes === undefined) return { ...diff, changes };
  return { ...diff, changes: [...changes, { property: "removes", from: null, to: actual.removes }] };
}

/** As `readPackage` will find it. */
export function predictPackage(
  actual: PackageFacts | null,
  desired: Partial<PackageFacts> | null,
): PackageFacts | null {
  if (desired === null) return null;
  const version = desired.upgrade === null ? (actual?.upgrade ?? actual?.version) : actual?.version;
  const { full_version: _gone, ...others } = actual ?? {};
  const { removes: _along, ...stated } = desired;
  return { ...others, version, status: "installed", ...stated };
}

function isHeld({ name }: PackageWant, { version }: PackageFacts): SlothError {
  return new SlothError("E_PACKAGE_HELD", `${name} is held at ${version}`, {
    hint: `release it with \`apt-mark unhold ${name}\``,
  });
}
