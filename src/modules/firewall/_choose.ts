import { SlothError } from "../../base/errors.ts";
import { isObject } from "../../base/value.ts";
import type { ReadSystem } from "../../system/system.ts";
import { missing } from "../_files/file.ts";
import { BACKENDS, type Backend, type BackendName } from "./_backend.ts";
import { firewalld } from "./_firewalld.ts";
import { nftables } from "./_nftables.ts";
import { ufw } from "./_ufw.ts";

const ALL: { readonly [name in BackendName]: Backend } = { nftables, ufw, firewalld };

/** The one that is asked for, else the one that is active, or is planned to be, else the only one that is there. */
export function backendFor(asked: BackendName | undefined, target: ReadSystem): Backend {
  const planned = target.predicted("firewall", "firewall");
  const chosen = asked ?? (isObject(planned) ? BACKENDS.find((name) => name === planned["backend"]) : undefined);
  if (chosen !== undefined) return ready(ALL[chosen], target);
  const there = BACKENDS.map((name) => ALL[name]).filter(({ program }) => target.which(program) !== null);
  const active = there.filter((backend) => backend.isActive(target));
  const [only, ...others] = active.length > 0 ? active : there;
  if (only === undefined)
    throw missing(target, "there is no firewall on this machine", "install nftables, ufw or firewalld");
  if (others.length === 0) return only;
  const names = [only, ...others].map(({ name }) => name).join(" and ");
  const which = active.length > 0 ? `${names} are all active` : `none is active, and ${names} are there`;
  throw new SlothError("E_FIREWALL", `which firewall is meant is not clear: ${which}`, {
    hint: `say backend = "${only.name}"`,
  });
}

/** For a want: which one is asked for, where that is said. */
export function namedBackend(name: string | undefined): { readonly backend?: BackendName } {
  const backend = BACKENDS.find((each) => each === name);
  return backend === undefined ? {} : { backend };
}

/** A package that is only planned will bring it. */
function ready(backend: Backend, target: ReadSystem): Backend {
  const { program, name } = backend;
  if (target.which(program) !== null || isObject(target.predicted("package", backend.package))) return backend;
  throw missing(target, `there is no ${program} on this machine`, `install the package ${name}`);
}
