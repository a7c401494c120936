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
