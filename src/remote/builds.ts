import { build as own } from "../base/build.ts";
import { SlothError } from "../base/errors.ts";
import type { ReadSystem } from "../system/system.ts";
import type { Probe } from "./bootstrap.ts";
import type { KnownDigests } from "./known-digests.ts";

/** A build that can be sent: its name at the far end holds version and digest. */
export interface Build {
  readonly name: string;
  /** Hex, of the program itself. */
  readonly sha256: string;
  /** Bytes of the program. */
  readonly size: number;
  /** gzipped, once a run: in memory while it is sent. */
  pack(): Promise<readonly Uint8Array[]>;
}

export interface BuildsOptions {
  readonly system: ReadSystem;
  /** Our own executable. */
  readonly self: string;
  /** Where those for other machines are looked for. */
  readonly directories: readonly string[];
  readonly digests: KnownDigests;
}

/** Finds the build for a machine: ourselves, or one beside us or in `--agent-dir`. Each is packed once a run. */
export class Builds {
  private readonly system: ReadSystem;
  private readonly directories: readonly string[];
  private readonly self: string;
  private readonly digests: KnownDigests;
  private readonly known = new Map<string, Promise<Build>>();

  constructor({ system, self, directories, digests }: BuildsOptions) {
    this.system = system;
    this.self = self;
    this.directories = directories;
    this.digests = digests;
  }

  /** What most hosts run, ourselves; undefined when our digest is not known without reading all of us. */
  likely(): Pick<Build, "name" | "sha256"> | undefined {
    const known = this.digests.find(this.self);
    return known === undefined ? undefined : { name: nameOf(known), sha256: hexOf(known) };
  }

  /** Bytes that a build takes while it is unpacked; as large as we are, more or less. */
  room(): number {
    return Math.ceil((this.system.stat(this.self)?.size ?? 0) * 1.6);
  }

  /** Throws E_NO_AGENT with the command that makes the one missing. */
  find(probe: Probe, host: string): Promise<Build> {
    const targets = targetsFor(probe, host);
    if (targets.includes(own.target)) return this.load(this.self);
    for (const target of targets) {
      const path = this.directories
        .map((directory) => `${directory}/sloth-runner-${target}`)
        .find((one) => this.system.stat(one) !== null);
      if (path !== undefined) return this.load(path);
    }
    const hint = `build one with: bun scripts/build-binary.ts --target ${targets[0]}, and put it beside this program or into --agent-dir`;
    throw new SlothError("E_NO_AGENT", `${host}: no build for ${targets.join(" or ")}`, { hint });
  }

  private load(path: string): Promise<Build> {
    const known = this.known.get(path) ?? this.prepare(path);
    this.known.set(path, known);
    return known;
  }

  private async prepare(path: string): Promise<Build> {
    const digest = await this.digests.of(path);
    let packed: Promise<readonly Uint8Array[]> | undefined;
    return {
      name: nameOf(digest),
      sha256: hexOf(digest),
      size: this.system.stat(path)?.size ?? 0,
      pack: () => (packed ??= this.pack(path)),
    };
  }

  /** The `.gz` that the build left beside it, else made now; level 1, because a network is faster than a higher one. */
  private async pack(path: string): Promise<readonly Uint8Array[]> {
    if (this.system.stat(`${path}.gz`)?.type === "file") return Array.fromAsync(this.system.stream(`${path}.gz`));
    const [{ Readable }, { createGzip }] = await Promise.all([import("node:stream"), import("node:zlib")]);
    const gzip = Readable.from(this.system.stream(path)).pipe(createGzip({ level: 1 }));
    return Array.fromAsync(gzip as AsyncIterable<Uint8Array>);
  }
}

function nameOf(digest: string): string {
  return `sloth-runner-${own.version}-${hexOf(digest).slice(0, 16)}`;
}

function hexOf(digest: string): string {
  return digest.slice("sha256:".length);
}

/** Names of builds that run there, the best first. */
function targetsFor({ os, arch, libc, cpu }: Probe, host: string): readonly [string, ...string[]] {
  const processor = { x86_64: "x64", amd64: "x64", aarch64: "arm64", arm64: "arm64" }[arch];
  if (os !== "Linux" || processor === undefined) {
    throw new SlothError("E_NO_AGENT", `${host}: ${os} on ${arch} is not supported`, {
      hint: "hosts are Linux on x86_64 or aarch64",
    });
  }
  const suffix = libc === "musl" ? "-musl" : "";
  const portable = `linux-${processor}-portable`;
  if (processor === "arm64") return [`linux-arm64${suffix}`, portable];
  const baseline = `linux-x64${suffix}-baseline`;
  return cpu === "avx2" ? [`linux-x64${suffix}`, baseline, portable] : [baseline, portable];
}
