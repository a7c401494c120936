import { utf8Text } from "../../base/byte-text.ts";
import type { Argv, ReadSystem } from "../../system/system.ts";
import { ask, inEnglish, parseVerified } from "./_ask.ts";
import type { Installed, InstalledPackage } from "./_manager.ts";

const SHOWN = "%{NAME}\\t%{EPOCHNUM}\\t%{VERSION}-%{RELEASE}\\t%{ARCH}\\n";

/** What rpm has installed; dnf and zypper ask it alike. */
export async function rpmInstalled(target: ReadSystem): Promise<Installed> {
  const packages = parseRpms(await ask(["rpm", "--query", "--all", "--queryformat", SHOWN], target));
  return {
    find: (name) => packages.get(name) ?? [],
    provider: (name) => target.cached(`pkg.provider ${name}`, () => rpmProvider(name, target)),
  };
}

export async function rpmDamaged(name: string, target: ReadSystem): Promise<readonly string[]> {
  return parseVerified(await ask(["rpm", "--verify", "--nodeps", "--noscripts", name], target, 1));
}

async function rpmProvider(name: string, target: ReadSystem): Promise<string | undefined> {
  const argv: Argv = ["rpm", "--query", "--whatprovides", name, "--queryformat", "%{NAME}\\n"];
  const { exitCode, stdout } = await target.query(argv, inEnglish);
  return exitCode === 0 ? utf8Text(stdout).split("\n")[0] : undefined;
}

/** By name and by name.architecture. */
export function parseRpms(listed: string): ReadonlyMap<string, readonly InstalledPackage[]> {
  const packages = new Map<string, InstalledPackage[]>();
  for (const line of listed.split("\n")) {
    const [name = "", epoch = "", edition = "", architecture = ""] = line.split("\t");
    if (name === "" || name === "gpg-pubkey") continue;
    const item = { version: withEpoch(epoch, edition), status: "installed", held: false };
    for (const key of [name, `${name}.${architecture}`]) packages.set(key, [...(packages.get(key) ?? []), item]);
  }
  return packages;
}

export function withEpoch(epoch: string, edition: string): string {
  return epoch === "" || epoch === "0" ? edition : `${epoch}:${edition}`;
}

/** Best first, by rpm's own comparison. */
export async function newestFirst(versions: readonly string[], target: ReadSystem): Promise<readonly string[]> {
  const distinct = [...new Set(versions)].filter((version) => /^[\w.:~^+-]+$/.test(version));
  if (distinct.length < 2) return distinct;
  const list = distinct.map((version) => `"${version}"`).join(",");
  const script = `local v = {${list}} table.sort(v, function(a, b) return rpm.vercmp(a, b) > 0 end) print(table.concat(v, " "))`;
  return (await ask(["rpm", "--eval", `%{lua:${script}}`], target)).trim().split(" ");
}
