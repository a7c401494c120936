import type { Step } from "./leaf-text.ts";

/** Beside the file of readers; a line a key whose value is a secret, wherever it stands. */
export const SECRET_KEYS_FILE = ".sloth-secret-keys";

export interface Pattern {
  readonly text: string;
  matches(path: readonly Step[]): boolean;
}

/**
 * `password` and `*_token` are keys, at whatever depth, and what is below them; `db.*.key` is a whole path. `*` stands for any characters
 * of one key; upper and lower case are the same.
 */
export function parsePatterns(text: string): readonly Pattern[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  return lines.filter((line) => line !== "" && !line.startsWith("#")).map(patternOf);
}

function patternOf(text: string): Pattern {
  const steps = text.split(".").map((step) => new RegExp(`^${RegExp.escape(step).replaceAll("\\*", ".*")}$`, "is"));
  const keys = (path: readonly Step[]): readonly string[] => path.filter((step) => typeof step === "string");
  const [only] = steps;
  if (steps.length === 1 && only !== undefined)
    return { text, matches: (path) => keys(path).some((key) => only.test(key)) };
  return {
    text,
    matches: (path) => keys(path).length >= steps.length && steps.every((step, at) => step.test(keys(path)[at] ?? "")),
  };
}
