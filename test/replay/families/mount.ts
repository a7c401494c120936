import { call, type Call, type Family, type Step } from "../family.ts";

/** What the recording has of a mount. */
interface Mounted {
  readonly on: string;
  readonly fs: string;
  readonly src: string;
  readonly opts: string;
}

/** Ansible's mount; lines of swap by our own function. */
export const mount: Family = {
  name: "mount",
  call(step) {
    const { state = "mounted", boot, passno, ...rest } = step.args;
    const path = rest["path"] ?? rest["name"];
    const { src, fstype, opts, dump, fstab } = rest;
    if (boot === false) return "the option noauto by a field of its own";
    if (state === "ephemeral") return "mounted without a line in fstab";
    if (state === "absent_from_fstab") return "taken out of fstab and left mounted";
    if (path === "none") return swap(step);
    return call("mount.ensure", { path, src, fstype, opts, dump: number(dump), pass: number(passno), state, fstab });
  },
  programs: (_step, kept) => ({
    mount: (_options, _system, argv) => {
      const [options = "", point = ""] = [argv[argv.indexOf("-o") + 1], argv.at(-1)];
      const all = mountsIn(kept);
      const isAgain = options.startsWith("remount");
      const others = isAgain ? all.filter(({ on }) => on !== point) : all;
      const fs = argv.includes("-t")
        ? (argv[argv.indexOf("-t") + 1] ?? "")
        : (all.find(({ on }) => on === point)?.fs ?? "");
      const src = isAgain ? (all.find(({ on }) => on === point)?.src ?? "") : (argv.at(-2) ?? "");
      kept.set(KEY, JSON.stringify([...others, { on: point, fs, src, opts: options }]));
      return "";
    },
    umount: (_options, _system, argv) => {
      kept.set(KEY, JSON.stringify(mountsIn(kept).filter(({ on }) => on !== argv.at(-1))));
      return "";
    },
  }),
  files: (_step, kept) => ({
    "/proc/self/mountinfo": () => {
      const root = "1 0 8:1 / / rw - ext4 /dev/root rw\n2 1 0:30 / /tmp rw,nosuid,nodev - tmpfs tmpfs rw\n";
      const lines = mountsIn(kept).map(({ on, fs, src, opts }) => {
        const isBind = src.startsWith("/") && !src.endsWith(".img") && !src.startsWith("/dev/");
        const told = `rw,${opts}`.replace(/^rw,(.*\bro\b)/, "$1");
        return `2 1 8:1 ${isBind ? src.replace(/^\/tmp/, "") : "/"} ${on} ${told} - ${fs} ${isBind ? "tmpfs" : src} rw\n`;
      });
      return root + lines.join("");
    },
  }),
  meant: {
    "mount-40": "what has the options of fstab already is not mounted again",
    "own_mount-0": "fields of fstab that are absent are 0",
    "own_mount-9": "a slash at the end of a path says nothing",
    "own_mount-16": "of two lines for one mount point the first counts, and the other stays",
    "own_mount-22": "a path that is not absolute is refused",
  },
  entryText: (key, entry) => (key === KEY ? JSON.stringify(entry ?? []) : undefined),
  // Of what is mounted: where, and whether it may be written.
  normal: (text, key) =>
    key === KEY
      ? (JSON.parse(text === "" ? "[]" : text) as readonly Mounted[])
          .map(({ on, opts }) => `${on} ${/(?:^|,)ro(?:,|$)/.test(opts) ? "ro" : "rw"}`)
          .toSorted()
          .join("\n")
      : key.endsWith("/test_file") // what shows through a mount is not made up here
        ? ""
        : text,
};

const KEY = "mounts";

function mountsIn(kept: ReadonlyMap<string, string>): readonly Mounted[] {
  const found = JSON.parse(kept.get(KEY) ?? "[]") as readonly (Mounted & { readonly root?: string })[];
  return found.map(({ on, fs, src, root = "/", opts }) => ({
    on,
    fs,
    src: fs === "tmpfs" && root !== "/" ? bindSource(root) : src,
    opts,
  }));
}

/** A bind is recorded by the tmpfs of the test and the path in it. */
function bindSource(root: string): string {
  return `/tmp/base/${root.split("/").at(-1) ?? ""}`;
}

function number(value: unknown): number | undefined {
  return value === undefined ? undefined : Number(value);
}

function swap({ args }: Step): Call | string {
  const { src, opts = "", state, fstab } = args;
  const priority = /pri=(\d+)/.exec(String(opts as string))?.[1];
  return call("mount.swap", { path: src, priority: number(priority), state, fstab });
}
