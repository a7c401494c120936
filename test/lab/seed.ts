import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { writeStaged } from "./stage.ts";

/** Which distribution a host is like: Debian, or Debian's build of another's package manager with that one's os-release. */
export type Flavour = "debian" | "peers" | "firewalls" | "fedora" | "opensuse" | "arch";

export interface Seed {
  readonly name: string;
  readonly address: string;
  readonly flavour: Flavour;
  readonly publicKey: string;
  /** Lines of /etc/hosts. */
  readonly hosts: string;
}

/** The files that make a host of a root, as an overlay's layer. */
export function writeSeed(directory: string, seed: Seed): void {
  for (const [path, contents] of Object.entries({ ...common(directory, seed), ...ofFlavour[seed.flavour] }))
    writeStaged(join(directory, path), contents);
  mkdirSync(join(directory, "root/.ssh"), { recursive: true, mode: 0o700 });
  writeStaged(join(directory, "root/.ssh/authorized_keys"), seed.publicKey, 0o600);
  const wants = join(directory, "etc/systemd/system/multi-user.target.wants");
  mkdirSync(wants, { recursive: true });
  symlinkSync("/lib/systemd/system/systemd-networkd.service", join(wants, "systemd-networkd.service"));
}

function common(directory: string, seed: Seed): Record<string, string> {
  return {
    "etc/hostname": `${seed.name}\n`,
    "etc/hosts": `127.0.0.1 localhost\n${seed.hosts}\n`,
    "etc/resolv.conf": "",
    "etc/machine-id": `${Bun.SHA256.hash(directory, "hex").slice(0, 32)}\n`,
    "etc/systemd/network/10-lab.network": `[Match]\nName=host0\n[Network]\nAddress=${seed.address}/24\nLinkLocalAddressing=no\n`,
    "etc/apt/sources.list": "deb [trusted=yes] file:/srv/repo/deb lab main\n",
    // Debian's rpm keeps its database in the home directory; that of every other system is here.
    "etc/rpm/macros": "%_dbpath /var/lib/rpm\n",
  };
}

const rpmRepository = "[lab]\nname=lab\nbaseurl=file:///srv/repo/rpm\nenabled=1\ngpgcheck=0\n";

const ofFlavour: { readonly [flavour in Flavour]: Record<string, string> } = {
  debian: {},
  // Debian with other tools of our kind, to compare with; an empty unit is masked: they are run, and do nothing by themselves.
  peers: Object.fromEntries(
    ["cfengine3", "cf-execd", "cf-monitord", "cf-serverd", "puppet"].map((name) => [
      `etc/systemd/system/${name}.service`,
      "",
    ]),
  ),
  // Debian with every firewall; an empty unit is masked, so that none is on until a test takes that away.
  firewalls: { "etc/systemd/system/firewalld.service": "" },
  fedora: {
    "etc/os-release": 'ID=fedora\nVERSION_ID=38\nPRETTY_NAME="Fedora of the lab"\n',
    "etc/dnf/vars/releasever": "38\n",
    "etc/yum.repos.d/lab.repo": rpmRepository,
  },
  opensuse: {
    "etc/os-release":
      'ID="opensuse-leap"\nID_LIKE="suse opensuse"\nVERSION_ID="15.5"\nPRETTY_NAME="openSUSE of the lab"\n',
    "etc/zypp/repos.d/lab.repo": rpmRepository,
  },
  arch: {
    "etc/os-release": 'ID=arch\nPRETTY_NAME="Arch of the lab"\n',
    "etc/pacman.conf": [
      "[options]\nHoldPkg = pacman\nArchitecture = x86_64\nSigLevel = Never",
      "[lab]\nServer = file:///srv/repo/pacman",
      "[lab-old]\nServer = file:///srv/repo/pacman\n",
    ].join("\n"),
  },
};
