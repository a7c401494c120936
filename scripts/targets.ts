import type { Build } from "bun";

export interface Target {
  /** What Bun calls it. */
  readonly bun: Build.CompileTarget;
  /** It brings the C library of that processor along: scripts/glibc.ts. */
  readonly portable?: "x64" | "arm64";
}

/** Every build there is, by the name that `version` shows and that its file bears. */
export const targets: Readonly<Record<string, Target>> = {
  "linux-x64": { bun: "bun-linux-x64" },
  "linux-x64-baseline": { bun: "bun-linux-x64-baseline" },
  "linux-x64-musl": { bun: "bun-linux-x64-musl" },
  "linux-x64-musl-baseline": { bun: "bun-linux-x64-baseline-musl" },
  "linux-x64-portable": { bun: "bun-linux-x64-baseline", portable: "x64" },
  "linux-arm64": { bun: "bun-linux-arm64" },
  "linux-arm64-musl": { bun: "bun-linux-arm64-musl" },
  "linux-arm64-portable": { bun: "bun-linux-arm64", portable: "arm64" },
  "darwin-x64": { bun: "bun-darwin-x64" },
  "darwin-arm64": { bun: "bun-darwin-arm64" },
};
