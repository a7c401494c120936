const PRE_RELEASE = /^~(?:alpha|beta|[ab]\d|rc|pre|dev)/;

/**
 * Whether an installed or offered version is the one asked for: the same, or the same with the epoch, revision or build that was
 * not asked for. `20.10.0` is `5:20.10.0~3-0`, and neither `20.10.01` nor `20.10.0~rc1`.
 */
export function matchesVersion(asked: string, version: string): boolean {
  const bare = asked.includes(":") ? version : version.replace(/^\d+:/, "");
  if (bare === asked) return true;
  const rest = bare.startsWith(asked) ? bare.slice(asked.length) : "";
  return /^[-+~]/.test(rest) && !PRE_RELEASE.test(rest);
}

/** The one that was asked for, of versions best first: exactly that, else the best that has it. */
export function bestMatch(asked: string, versions: readonly string[]): string | undefined {
  const exact = versions.find((version) => isExactly(asked, version));
  return exact ?? versions.find((version) => matchesVersion(asked, version));
}

/** Whether it is the one asked for with nothing but an epoch added. */
export function isExactly(asked: string, version: string): boolean {
  return version === asked || withoutEpoch(version) === asked;
}

/** Whether a version that has the one asked for may still be another: `1.0+dfsg1-2` where `1.0` is there too. */
export function isLoose(asked: string, version: string): boolean {
  return withoutEpoch(version).slice(asked.length).startsWith("+");
}

function withoutEpoch(version: string): string {
  return version.replace(/^\d+:/, "");
}
