import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Libraries } from "./launcher.ts";

export interface Glibc {
  /** The Debian package's. */
  readonly version: string;
  readonly libraries: Libraries;
  /** What Debian says of its licence. */
  readonly copyright: string;
}

const LIBRARIES = ["libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0"];
const processors = {
  x64: { debian: "amd64", directory: "lib/x86_64-linux-gnu", loader: "ld-linux-x86-64.so.2" },
  arm64: { debian: "arm64", directory: "lib/aarch64-linux-gnu", loader: "ld-linux-aarch64.so.1" },
} as const;

/**
 * The C library that a portable build carries: the newest of the build machine's Debian release, fetched and checked by apt
 * apart from what is installed. Kept under dist/glibc: remove that for a newer one.
 */
export function glibcFor(processor: keyof typeof processors): Glibc {
  const { debian, directory, loader } = processors[processor];
  const kept = resolve("dist/glibc", processor);
  if (!existsSync(kept)) {
    const unfinished = `${kept}.tmp`;
    rmSync(unfinished, { recursive: true, force: true });
    fetchPackage(debian, unfinished);
    renameSync(unfinished, kept);
  }
  const [first, ...rest] = [loader, ...LIBRARIES].map((name) => readFileSync(join(kept, directory, name)));
  if (first === undefined) throw new Error("no loader");
  return {
    version: readFileSync(join(kept, "version"), "utf8").trim(),
    libraries: [first, ...rest],
    copyright: readFileSync(join(kept, "usr/share/doc/libc6/copyright"), "utf8"),
  };
}

function fetchPackage(architecture: string, to: string): void {
  const lists = join(to, "apt/lists");
  const cache = join(to, "apt/cache");
  for (const directory of [lists, cache]) mkdirSync(join(directory, "partial"), { recursive: true });
  const options = [
    `APT::Architecture=${architecture}`,
    `APT::Architectures=${architecture}`,
    "Acquire::Languages=none",
  ];
  const places = [
    `Dir::State::lists=${lists}`,
    `Dir::Cache=${cache}`,
    "Dir::State::status=/dev/null",
    "APT::Sandbox::User=root",
  ];
  const apt = ["apt-get", "-qq", ...[...options, ...places].flatMap((option) => ["-o", option])];
  must([...apt, "update"], to);
  must([...apt, "download", "libc6"], to);
  const file = readdirSync(to).find((name) => name.endsWith(".deb"));
  if (file === undefined) throw new Error(`apt-get download libc6 for ${architecture}: no package came`);
  must(["dpkg-deb", "--extract", file, "."], to);
  writeFileSync(join(to, "version"), must(["dpkg-deb", "--field", file, "Version"], to));
  rmSync(join(to, "apt"), { recursive: true });
}

function must([program = "", ...argv]: readonly string[], cwd: string): string {
  const { status, stdout, stderr, error } = spawnSync(program, argv, { cwd, encoding: "utf8" });
  if (status === 0) return stdout;
  throw new Error(`a portable build needs Debian's apt-get: ${program} ${argv.join(" ")}: ${error?.message ?? stderr}`);
}
