import type { Family } from "../family.ts";
import { alternatives } from "./alternatives.ts";
import { aptSources } from "./apt-sources.ts";
import { authorizedKey } from "./authorized-key.ts";
import { cron } from "./cron.ts";
import { debconf } from "./debconf.ts";
import { dpkgDivert } from "./dpkg-divert.ts";
import { hostname } from "./hostname.ts";
import { kernelBlacklist } from "./kernel-blacklist.ts";
import { knownHosts } from "./known-hosts.ts";
import { localeGen } from "./locale-gen.ts";
import { mount } from "./mount.ts";
import { pamLimits } from "./pam-limits.ts";
import { sudoers } from "./sudoers.ts";
import { sysctl } from "./sysctl.ts";
import { timezone } from "./timezone.ts";
import { ufw } from "./ufw.ts";

/** A file a family: add yours here. */
export const families: readonly Family[] = [
  alternatives,
  aptSources,
  authorizedKey,
  cron,
  debconf,
  dpkgDivert,
  hostname,
  kernelBlacklist,
  knownHosts,
  localeGen,
  mount,
  pamLimits,
  sudoers,
  sysctl,
  timezone,
  ufw,
];
