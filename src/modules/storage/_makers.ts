import type { Argv } from "../../system/system.ts";

/** The programs of one type of file system. Devices were looked at before, so none of them asks. */
interface Maker {
  make(device: string, label: string | undefined, options: readonly string[]): Argv;
  label(device: string, label: string): Argv;
  /** Debian's package that has them. */
  readonly package: string;
}

const ext = (type: string): Maker => ({
  make: (device, label, options) => [`mkfs.${type}`, "-q", "-F", ...named("-L", label), ...options, device],
  label: (device, label) => ["e2label", device, label],
  package: "e2fsprogs",
});

export const MAKERS = {
  ext2: ext("ext2"),
  ext3: ext("ext3"),
  ext4: ext("ext4"),
  xfs: {
    make: (device, label, options) => ["mkfs.xfs", "-q", "-f", ...named("-L", label), ...options, device],
    label: (device, label) => ["xfs_admin", "-L", label === "" ? "--" : label, device],
    package: "xfsprogs",
  },
  btrfs: {
    make: (device, label, options) => ["mkfs.btrfs", "-q", "-f", ...named("-L", label), ...options, device],
    label: (device, label) => ["btrfs", "filesystem", "label", device, label],
    package: "btrfs-progs",
  },
  vfat: {
    make: (device, label, options) => ["mkfs.vfat", ...named("-n", label), ...options, device],
    label: (device, label) => (label === "" ? ["fatlabel", "--reset", device] : ["fatlabel", device, label]),
    package: "dosfstools",
  },
  swap: {
    make: (device, label, options) => ["mkswap", "--force", ...named("-L", label), ...options, device],
    label: (device, label) => ["swaplabel", "-L", label, device],
    package: "util-linux",
  },
} as const satisfies { readonly [type: string]: Maker };

function named(option: string, label: string | undefined): readonly string[] {
  return label === undefined ? [] : [option, label];
}
