import { SlothError } from "../../base/errors.ts";
import { parentOf } from "../../base/path.ts";
import type { System } from "../../system/system.ts";
import { authorities } from "../_kit/authorities.ts";
import { shownUrl } from "../_kit/shown-url.ts";
import { makeDirectories } from "../_files/file.ts";
import type { Manager } from "./_manager.ts";
import type { PackageWant } from "./_package.ts";
import { byContents, isUrl } from "./_package-file.ts";

const CACHE = "/var/cache/sloth-runner/packages";

/** Where the package itself is on the machine: its path, or what was fetched of its URL, held to its digest, name and version. */
export async function fileFor(manager: Manager, want: PackageWant, target: System): Promise<string | undefined> {
  const { file, name, version } = want;
  if (file === undefined || !isUrl(file)) return file;
  const path = fetchedPath(want);
  await fetchTo(path, file, want, target);
  const found = await byContents(manager.name, path, target);
  if (found.name === name && found.version === version) return path;
  forgetFetched(want, target);
  throw new SlothError("E_PACKAGE_FILE", `${shownUrl(file)} is ${found.name} ${found.version}, not ${name} ${version}`);
}

/** Takes away what was fetched. */
export function forgetFetched(want: PackageWant, target: System): void {
  const path = fetchedPath(want);
  if (target.lstat(path) !== null) target.unlink(path);
}

/** Managers tell what a file is by the end of its name. */
function fetchedPath({ file = "", name, version }: PackageWant): string {
  const end = /\.(?:deb|rpm|apk|pkg\.tar(?:\.\w+)?)$/.exec(new URL(file).pathname)?.[0] ?? "";
  return `${CACHE}/${name}-${version}${end}`.replaceAll(":", "_");
}

async function fetchTo(path: string, url: string, { sha256 }: PackageWant, target: System): Promise<void> {
  const { fetchWithRetries } = await import("../_kit/download.ts");
  makeDirectories(target, parentOf(path), { mode: "0755" });
  const request = {
    url,
    shown: shownUrl(url),
    headers: { "user-agent": "sloth-runner" },
    sha256,
    silenceMs: 30_000,
    retries: 3,
    authorities: authorities(target),
  };
  await fetchWithRetries(request, target.signal, (body) => target.writeFile(path, body, { mode: 0o644 }));
}
