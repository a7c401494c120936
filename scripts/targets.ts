import type { Build } from "bun";

/** A build there is. */
export interface Target {
  /** What Bun calls it. */
  readonly bun: Build.CompileTarget;
  /** The package of Bun's that it starts with, without `@oven/`. */
  readonly runtime: string;
  /** It brings the C library of that processor along: scripts/glibc.ts. */
  readonly portable?: "x64" | "arm64";
}

/** Every build there is, by the name that `version` shows and that its file bears. */
export const targets: Readonly<Record<string, Target>> = {
  "linux-x64": { bun: "bun-linux-x64", runtime: "bun-linux-x64" },
  "linux-x64-baseline": { bun: "bun-linux-x64-baseline", runtime: "bun-linux-x64-baseline" },
  "linux-x64-musl": { bun: "bun-linux-x64-musl", runtime: "bun-linux-x64-musl" },
  "linux-x64-musl-baseline": { bun: "bun-linux-x64-baseline-musl", runtime: "bun-linux-x64-musl-baseline" },
  "linux-x64-portable": { bun: "bun-linux-x64-baseline", runtime: "bun-linux-x64-baseline", portable: "x64" },
  "linux-arm64": { bun: "bun-linux-arm64", runtime: "bun-linux-aarch64" },
  "linux-arm64-musl": { bun: "bun-linux-arm64-musl", runtime: "bun-linux-aarch64-musl" },
  "linux-arm64-portable": { bun: "bun-linux-arm64", runtime: "bun-linux-aarch64", portable: "arm64" },
  "darwin-x64": { bun: "bun-darwin-x64", runtime: "bun-darwin-x64" },
  "darwin-arm64": { bun: "bun-darwin-arm64", runtime: "bun-darwin-aarch64" },
};
