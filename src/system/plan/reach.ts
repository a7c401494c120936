import { isBelow } from "../../base/path.ts";
import type { About } from "../system.ts";

/** Whether a planned change, once it is made, may have made something that is not there now. */
export type Reach = (about: About) => boolean;

export const anywhere: Reach = () => true;

/** Where packages put files; never into homes, temporary directories or a directory that somebody made at the root. */
const OF_PACKAGES = ["/bin", "/boot", "/etc", "/lib", "/lib64", "/opt", "/run", "/sbin", "/srv", "/usr", "/var"];
const LOCAL = ["/usr/local", "/var/tmp"];
/** Where a service that starts makes files. */
const OF_SERVICES = ["/run", "/var", "/srv", "/opt", "/tmp"];

/**
 * What a predicted resource reaches beside itself: a package its files, units and accounts; a user the home; a service what it writes where
 * services write. What nobody has said anything of reaches everything.
 */
export function reachOf(kind: string, name: string, facts: unknown): Reach {
  switch (kind) {
    case "package":
      return byPackages;
    case "user":
      return (about) => (about.kind === "path" ? isBelow(about.name, homeOf(name, facts)) : about.name === name);
    case "group":
      return (about) => about.kind === "group" && about.name === name;
    case "unit":
    case "service":
    case "timer":
      return (about) => about.kind === "path" && isIn(about.name, OF_SERVICES);
    case "file":
    case "mount":
    case "archive":
      return (about) => about.kind === "path" && isBelow(about.name, name);
    case "ssh_keypair":
      return (about) => about.kind === "path" && (about.name === name || about.name === `${name}.pub`);
    case "line":
    case "block":
    case "replace":
      return (about) => about.kind === "path" && name.startsWith(`${about.name}: `); // parts are named after their file
    case "authorized_key":
    case "cron":
    case "cron_env":
    case "firewall":
    case "firewall_policy":
    case "firewall_rule":
    case "hosts_entry":
    case "known_host":
    case "limit":
    case "sysctl":
    case "hostname":
    case "timezone":
      return () => false;
    default:
      return anywhere;
  }
}

/** Nothing that is below `own` is a package's, unless packages put files into directories there: `/` and `/etc` are nobody's own. */
export function outside(own: string | undefined, reach: Reach): Reach {
  if (own === undefined || OF_PACKAGES.some((directory) => isBelow(directory, own))) return reach;
  return (about) => reach(about) && !(about.kind === "path" && isBelow(about.name, own));
}

const byPackages: Reach = ({ kind, name }) => kind !== "path" || (isIn(name, OF_PACKAGES) && !isIn(name, LOCAL));

function isIn(path: string, directories: readonly string[]): boolean {
  return directories.some((directory) => isBelow(path, directory));
}

function homeOf(name: string, facts: unknown): string {
  const home: unknown = typeof facts === "object" && facts !== null ? Reflect.get(facts, "home") : undefined;
  return typeof home === "string" ? home : `/home/${name}`;
}
