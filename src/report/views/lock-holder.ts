import { shownTime } from "../../base/shown-time.ts";
import type { LockHolder } from "../../base/errors.ts";

/** `ana@build-3 (run site.lua, pid 4121, since 2026-01-02 03:04:05Z)` */
export function shownHolder(holder: LockHolder | null): string | null {
  if (holder === null) return null;
  return `${holder.who}@${holder.host} (${holder.command}, pid ${holder.pid}, since ${shownTime(holder.since)})`;
}
