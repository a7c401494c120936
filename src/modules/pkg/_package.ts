import { diffStated } from "../../engine/call/diff.ts";
import type { Diff } from "../../engine/resource.ts";
import { SlothError } from "../../base/errors.ts";
import type { ReadSystem } from "../../system/system.ts";
import { isFetched, resolve } from "./_index.ts";
import type { Installed } from "./_manager.ts";
import { installedOn, managerOf, upgradesOn } from "./_managers.ts";
import { comesAlong } from "./_planned.ts";
import { matchesVersion } from "./_versions.ts";

/** One package as it is recorded and sent. */
export type PackageWant = {
  readonly name: string;
  readonly state: "present" | "latest" | "absent";
  readonly version: string | null;
  readonly updateCache: boolean;
  readonly lockTimeoutMs: number;
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
  /** Where the latest is wanted: the better version of the index, null when there is none. */
  readonly upgrade?: string | null | undefined;
};

export async function readPackage(want: PackageWant, target: ReadSystem): Promise<PackageFacts | null> {
  const installed = await installedOn(target);
  const found = best(installed, want);
  if (found === undefined) return (await provided(installed, want)) ?? planned(want, target);
  const { version, status, held } = found;
  const facts = { ...versionFacts(want, version), status, ...(held ? { held } : {}) };
  return want.state === "latest" ? { ...facts, upgrade: await upgradeOf(want.name, target) } : facts;
}

function versionFacts(want: PackageWant, version: string): Pick<PackageFacts, "version" | "full_version"> {
  if (want.version === null || want.version === version || !matchesVersion(want.version, version)) return { version };
  return { version: want.version, full_version: version };
}

/** As what something planned before needs. */
async function planned(want: PackageWant, target: ReadSystem): Promise<PackageFacts | null> {
  if (want.state === "absent") return null;
  const version = await comesAlong({ name: want.name, version: want.version ?? undefined }, target);
  if (version === undefined) return null;
  const facts = { ...versionFacts(want, version), status: "installed" };
  return want.state === "latest" ? { ...facts, upgrade: null } : facts;
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

async function upgradeOf(name: string, target: ReadSystem): Promise<string | null> {
  return (await upgradesOn(target)).get(name) ?? null;
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
  const status = "installed";
  if (want.version !== null) return { status, version: want.version };
  return want.state === "latest" ? { status, upgrade: null } : { status };
}

/** Refuses what the index does not have, as long as it will not be fetched first. */
async function mustBeOffered(want: PackageWant, target: ReadSystem): Promise<void> {
  const manager = await managerOf(target);
  if (!want.updateCache && isFetched(manager, target)) await resolve(manager, want.name, want.version, target);
}

/** An upgrade reads as one: from the version that is there to the better one. */
export function diffPackage(actual: PackageFacts | null, desired: Partial<PackageFacts> | null): Diff<PackageFacts> {
  const diff = diffStated(actual, desired);
  const changes = diff.changes.map((change) =>
    change.property === "upgrade" ? { property: "version", from: actual?.version ?? null, to: change.from } : change,
  );
  return { ...diff, changes };
}

/** As `readPackage` will find it. */
export function predictPackage(
  actual: PackageFacts | null,
  desired: Partial<PackageFacts> | null,
): PackageFacts | null {
  if (desired === null) return null;
  const version = desired.upgrade === null ? (actual?.upgrade ?? actual?.version) : actual?.version;
  const { full_version: _gone, ...others } = actual ?? {};
  return { ...others, version, status: "installed", ...desired };
}

function isHeld({ name }: PackageWant, { version }: PackageFacts): SlothError {
  return new SlothError("E_PACKAGE_HELD", `${name} is held at ${version}`, {
    hint: `release it with \`apt-mark unhold ${name}\``,
  });
}
