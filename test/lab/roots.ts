import { mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { cachedDirectory, recipeDigest, remove } from "./cache.ts";
import { succeed } from "./command.ts";

const SUITE = "bookworm";
const base = [
  "systemd",
  "systemd-sysv",
  "dbus",
  "openssh-server",
  "iproute2",
  "ca-certificates",
  "procps",
  "sudo",
  "curl",
  "nftables",
];
const managers = ["dnf", "zypper", "pacman-package-manager", "makepkg", "rpm", "createrepo-c", "libarchive-tools"];
const peers = ["cfengine3", "puppet-agent", "puppet-module-puppetlabs-stdlib", "ansible-core", "python3-apt"];
const firewalls = ["iptables", "ufw", "firewalld"];
const builders = ["apt-utils", "zstd"];
/** Real Debian packages for the local repository, with what they need: the guide's nginx, and a second shell. */
const downloads = ["nginx", "zsh"];

export interface Roots {
  /** What a Debian host starts from. */
  readonly base: string;
  /** With the package managers of others, and what builds packages for them. */
  readonly managers: string;
  /** Directory of the .deb files downloaded. */
  readonly downloads: string;
}

/** The root file systems that hosts are laid over; made once (about a minute), then taken from the cache. */
export async function roots(): Promise<Roots> {
  const digest = recipeDigest(["roots.ts"]);
  const [plain, other] = await Promise.all([
    cachedDirectory("base", digest, async (directory) => {
      const debs = `${directory}.debs`;
      await remove(debs);
      mkdirSync(join(debs, "partial"), { recursive: true });
      const fetch = `APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" apt-get --yes --no-install-recommends --download-only`;
      const hook = `${fetch} -o Dir::Cache::archives="${debs}" install ${downloads.join(" ")}`;
      await bootstrap(directory, base, [`--customize-hook=${hook}`]);
      mkdirSync(join(directory, "srv/downloads"), { recursive: true });
      for (const deb of new Bun.Glob("*.deb").scanSync(debs))
        renameSync(join(debs, deb), join(directory, "srv/downloads", deb));
      await remove(debs);
    }),
    cachedDirectory("managers", digest, (directory) => bootstrap(directory, [...base, ...managers, ...builders])),
  ]);
  return { base: plain, managers: other, downloads: join(plain, "srv/downloads") };
}

/** What a Debian host with other tools of our kind starts from; made when the benchmark first asks. */
export function peersRoot(): Promise<string> {
  const build = (directory: string): Promise<void> => bootstrap(directory, [...base, ...peers]);
  return cachedDirectory("peers", recipeDigest(["roots.ts"]), build);
}

/** What a Debian host with every firewall starts from, of which none is on. */
export function firewallsRoot(): Promise<string> {
  const build = (directory: string): Promise<void> => bootstrap(directory, [...base, ...firewalls]);
  return cachedDirectory("firewalls", recipeDigest(["roots.ts"]), build);
}

async function bootstrap(
  directory: string,
  include: readonly string[],
  options: readonly string[] = [],
): Promise<void> {
  const argv = ["mmdebstrap", "--mode=root", "--variant=minbase", `--include=${include.join(",")}`, ...options];
  await succeed([...argv, SUITE, directory]);
}
