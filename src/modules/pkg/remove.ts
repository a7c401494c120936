import { requireRoot } from "../_accounts/tools.ts";
import { defineResource } from "../../engine/resource.ts";
import { object } from "../../engine/schema.ts";
import { applyPackages } from "./_apply.ts";
import { autoremove, lockTimeout, lockTimeoutOf, names, purge } from "./_fields.ts";
import {
  desiredPackage,
  diffPackage,
  predictPackage,
  readPackage,
  type PackageFacts,
  type PackageWant,
} from "./_package.ts";

interface RemoveProps {
  readonly name: readonly string[];
  readonly purge?: boolean | undefined;
  readonly autoremove?: boolean | undefined;
  readonly lock_timeout?: number | undefined;
}

/** Keeps packages away, with what needs them. Configuration files stay, as the manager leaves them. */
export const remove = defineResource<RemoveProps, PackageWant, PackageFacts>({
  name: "pkg.remove",
  kind: "package",
  version: 1,
  summary: "Keeps packages from being installed. What needs them goes too, as far as the package manager allows it.",
  example: 'pkg.remove{ name = "telnet", purge = true }',
  schema: object({ name: names, purge, autoremove, lock_timeout: lockTimeout }),

  expand: (props) => [...new Set(props.name)].map((name) => ({ ...props, name: [name] })),
  identity: (props) => props.name.join(", "),
  want: (props) => ({
    name: props.name.join(" "),
    state: "absent",
    version: null,
    updateCache: false,
    lockTimeoutMs: lockTimeoutOf(props),
    ...(props.purge === undefined ? {} : { purge: props.purge }),
    ...(props.autoremove === undefined ? {} : { autoremove: props.autoremove }),
  }),
  locks: () => ["packages"],

  read: readPackage,
  desired: desiredPackage,
  diff: diffPackage,
  refuse: (target) => requireRoot(target, "packages"),
  predict: predictPackage,
  apply: (want, diff, target) => applyPackages([{ want, diff }], target),
  applyAll: applyPackages,
});
