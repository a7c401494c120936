import type { Family } from "../family.ts";
import { authorizedKey } from "./authorized-key.ts";
import { cron } from "./cron.ts";
import { hostname } from "./hostname.ts";
import { knownHosts } from "./known-hosts.ts";
import { pamLimits } from "./pam-limits.ts";
import { sudoers } from "./sudoers.ts";
import { sysctl } from "./sysctl.ts";
import { timezone } from "./timezone.ts";
import { ufw } from "./ufw.ts";

/** A file a family: add yours here. */
export const families: readonly Family[] = [
  authorizedKey,
  cron,
  hostname,
  knownHosts,
  pamLimits,
  sudoers,
  sysctl,
  timezone,
  ufw,
];
