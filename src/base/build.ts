import manifest from "../../package.json" with { type: "json" };

// Given by the build with --define; absent when the source runs as it is.
declare const SLOTH_VERSION: string | undefined;
declare const SLOTH_COMMIT: string | undefined;
declare const SLOTH_TARGET: string | undefined;

/** What this program is: for `version`, for bug reports, and for the far end, which must be the same. */
export const build = {
  version: typeof SLOTH_VERSION === "string" ? SLOTH_VERSION : manifest.version,
  commit: typeof SLOTH_COMMIT === "string" ? SLOTH_COMMIT : "unknown",
  target: typeof SLOTH_TARGET === "string" ? SLOTH_TARGET : `${process.platform}-${process.arch}`,
} as const;
