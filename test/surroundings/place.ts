import { cpSync, existsSync, mkdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { cachedDirectory, recipeDigest } from "../lab/cache.ts";
import { run, succeed, type Output } from "../lab/command.ts";

/** Root directories to start the program in. Each is made below `parent`, and goes with it. */
export const roots = {
  /** Nothing at all. */
  empty: (parent: string) => made(parent, "empty"),

  /** The loader, the four libraries of glibc, and nothing else. */
  glibc(parent: string) {
    const root = made(parent, "glibc");
    for (const file of glibcFiles()) {
      mkdirSync(join(root, dirname(file)), { recursive: true });
      cpSync(file, join(root, file), { dereference: true });
    }
    return root;
  },

  /** A static busybox with its commands. */
  busybox,

  /** musl's loader, as on Alpine. */
  async musl(parent: string) {
    const root = busybox(parent);
    const unpack = "apt-get -qq download musl && dpkg-deb --extract musl_*.deb . && rm musl_*.deb";
    await succeed(["sh", "-c", `cd "$1" && ${unpack}`, "sh", root]);
    return root;
  },

  /** Debian's smallest root, made once. */
  debian: () =>
    cachedDirectory("minbase", recipeDigest([]), async (directory) => {
      await succeed(["mmdebstrap", "--mode=root", "--variant=minbase", "bookworm", directory]);
    }),
} satisfies Record<string, (parent: string) => string | Promise<string>>;

export interface Place {
  readonly root: string;
  /** What of the usual is not there. */
  readonly without?: readonly ("proc" | "writable")[];
  /** Stands before chroot, which is outside of the root. */
  readonly wrapper?: readonly string[];
  /** Of chroot, such as --userspec. */
  readonly options?: readonly string[];
}

/**
 * Runs shell text, in which `start ARGUMENTS` is the program in its root, in a mount and process namespace of its own. /data is writable
 * and empty, everything else as the place has it.
 */
export async function inPlace(
  program: string,
  { root, without = [], wrapper = [], options = [] }: Place,
  script: string,
): Promise<Output> {
  const prepare = [
    'mount --bind "$ROOT" "$ROOT"',
    'mkdir -p "$ROOT/proc" "$ROOT/data" && touch "$ROOT/sloth-runner"',
    'mount --bind "$PROGRAM" "$ROOT/sloth-runner"',
    'mount -t tmpfs -o mode=1777 none "$ROOT/data"',
    ...(without.includes("proc") ? [] : ['mount -t proc proc "$ROOT/proc"']),
    ...(without.includes("writable") ? ['mount -o remount,bind,ro "$ROOT"'] : []),
    `start() { env -i PATH="$PATH" ${wrapper.join(" ")} chroot ${options.join(" ")} "$ROOT" /sloth-runner "$@"; }`,
  ];
  const argv = ["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "sh", "-euc"];
  return await run([...argv, [...prepare, script].join("\n")], {
    env: { ...process.env, ROOT: root, PROGRAM: program },
  });
}

function busybox(parent: string): string {
  const root = made(parent, "busybox");
  mkdirSync(join(root, "bin"));
  cpSync("/bin/busybox", join(root, "bin/busybox"));
  for (const name of ["sh", "ls", "cat", "id"]) symlinkSync("busybox", join(root, "bin", name));
  return root;
}

function made(parent: string, name: string): string {
  const root = join(parent, name);
  mkdirSync(root);
  return root;
}

function glibcFiles(): readonly string[] {
  const directory = process.arch === "x64" ? "/lib/x86_64-linux-gnu" : "/lib/aarch64-linux-gnu";
  const loader = process.arch === "x64" ? "/lib64/ld-linux-x86-64.so.2" : "/lib/ld-linux-aarch64.so.1";
  const libraries = ["libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0"].map((name) => join(directory, name));
  return [loader, ...libraries].filter((file) => existsSync(file));
}
