import { utf8Text } from "../../base/byte-text.ts";
import { SlothError } from "../../base/errors.ts";
import { nameIn } from "../../base/path.ts";
import { defineQuery, type TargetLook } from "../../engine/resource.ts";
import { object, textLike } from "../../engine/schema.ts";
import type { Argv, ReadSystem } from "../../system/system.ts";
import { missing } from "../_files/file.ts";
import { inEnglish } from "./_ask.ts";
import type { Manager } from "./_manager.ts";
import { managerOf } from "./_managers.ts";
import { withEpoch } from "./_rpm.ts";

/** What a file of a package, or the name of one, says of itself. */
export interface PackageFile {
  readonly name: string;
  readonly version: string;
}

/** A path or URL in the place of a package's name. */
export function isFile(name: string): boolean {
  return name.startsWith("/") || isUrl(name);
}

export function isUrl(name: string): boolean {
  return /^https?:\/\//i.test(name);
}

/** Name and version of the package that a path or URL is. */
export async function packageFileOf(place: string, target: TargetLook): Promise<PackageFile> {
  return (await target.ask(file, { path: place })) as unknown as PackageFile;
}

/** Name and version of the package that a file is; of a URL as its name says. */
export const file = defineQuery<{ readonly path: string }, { readonly path: string }>({
  name: "pkg.file",
  summary: "Name and version of the package that a file on the machine is; of a URL what its name says.",
  example: `
    local app = pkg.file("/srv/packages/app_1.2-1_amd64.deb")
    print(app.name, app.version)
  `,
  schema: object({ path: textLike("Absolute path, or a URL.", isFile, "an absolute path or a URL") }),
  positional: ["path"],
  returns: "{ name: string, version: string }",
  want: ({ path }) => ({ path }),

  async read({ path }, target) {
    const { name } = await managerOf(target);
    const found = isUrl(path) ? byFileName(name, path) : await byContents(name, path, target);
    return { name: found.name, version: found.version };
  },
});

/** What tells of each manager, answered as `name`, a tab, epoch or nothing, a tab, and version. */
const ASKED: { readonly [manager in Manager["name"]]: (path: string) => Argv } = {
  apt: (path) => ["dpkg-deb", "--show", "--showformat=${Package}\\t\\t${Version}", path],
  dnf: (path) => ["rpm", "--query", "--nosignature", "--queryformat", RPM, "--package", path],
  zypper: (path) => ["rpm", "--query", "--nosignature", "--queryformat", RPM, "--package", path],
  pacman: (path) => ["pacman", "--query", "--file", path],
  apk: (path) => ["tar", "--extract", "--gzip", "--to-stdout", "--file", path, ".PKGINFO"],
};
const RPM = "%{NAME}\\t%{EPOCHNUM}\\t%{VERSION}-%{RELEASE}";

export async function byContents(manager: Manager["name"], path: string, target: ReadSystem): Promise<PackageFile> {
  if (target.stat(path)?.type !== "file")
    throw missing(target, `${path} is no file on that machine`, "bring it there before, with file_ops.copy");
  const argv = ASKED[manager](path);
  const { exitCode, stdout, stderr } = await target.query(argv, inEnglish);
  const found = exitCode === 0 ? parsed(manager, utf8Text(stdout)) : undefined;
  if (found !== undefined) return found;
  const said = utf8Text(stderr).trim().split("\n").at(-1) ?? "";
  throw missingOr(target, `${path} is no package of ${manager}${said === "" ? "" : `: ${said}`}`);
}

function missingOr(target: ReadSystem, message: string): SlothError {
  const because = target.unknownBecause(); // in plan the file may be one that was not really brought there
  return because === undefined ? new SlothError("E_PACKAGE_FILE", message) : new SlothError("E_UNKNOWN", because);
}

function parsed(manager: Manager["name"], said: string): PackageFile | undefined {
  if (manager === "apk") {
    const field = (name: string): string => new RegExp(`^${name} = (.*)$`, "m").exec(said)?.[1] ?? "";
    return whole(field("pkgname"), field("pkgver"));
  }
  if (manager === "pacman") {
    const [name, version] = said.trim().split(" ");
    return whole(name, version);
  }
  const [name, epoch = "", version = ""] = said.trim().split("\t");
  return whole(name, withEpoch(epoch, version));
}

function whole(name = "", version = ""): PackageFile | undefined {
  return name === "" || version === "" ? undefined : { name, version };
}

const FILE_NAMES: { readonly [manager in Manager["name"]]: RegExp } = {
  apt: /^(?<name>[a-z0-9][a-z0-9+.-]*)_(?<version>[^_/]+)_[a-z0-9-]+\.deb$/,
  dnf: /^(?<name>.+)-(?<version>[^-]+-[^-]+)\.[a-z0-9_]+\.rpm$/,
  zypper: /^(?<name>.+)-(?<version>[^-]+-[^-]+)\.[a-z0-9_]+\.rpm$/,
  pacman: /^(?<name>.+)-(?<version>[^-]+-[^-]+)-[a-z0-9_]+\.pkg\.tar(?:\.\w+)?$/,
  apk: /^(?<name>.+)-(?<version>[^-]+-r\d+)\.apk$/,
};

/** By its name, so that nothing is fetched to see that it is there already; what comes is held to it. */
function byFileName(manager: Manager["name"], url: string): PackageFile {
  const last = URL.canParse(url) ? decodeURIComponent(nameIn(new URL(url).pathname)) : "";
  const { name, version } = FILE_NAMES[manager].exec(last)?.groups ?? {};
  const found = whole(name, version);
  if (found !== undefined) return found;
  throw new SlothError("E_PACKAGE_FILE", `'${last}' does not say which package and version of ${manager} it is`, {
    hint: "fetch it with file_ops.download, and give its path as the name",
  });
}
