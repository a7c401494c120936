import type { Contents } from "../../engine/schema.ts";

/** Without user, password and query, where keys are often carried. */
export function shownUrl(url: Contents): string {
  if (typeof url !== "string" || !URL.canParse(url)) return "(a URL)";
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}
