import type { Diff, Facts } from "../../engine/resource.ts";
import { defineResource, predictMerged } from "../../engine/resource.ts";
import { object, oneOf, withDefault, type Props } from "../../engine/schema.ts";
import type { System } from "../../system/system.ts";
import { requireRoot } from "../_accounts/tools.ts";
import { missing } from "../_files/file.ts";
import { names } from "./_fields.ts";
import { holdsOn } from "./_holds.ts";
import { installedOn } from "./_managers.ts";

const schema = object({
  name: names,
  state: withDefault(oneOf("`absent`: it may be changed again.", "present", "absent"), "present"),
});

type Asked = Props<typeof schema>;
type HoldFacts = Facts & { readonly held?: boolean | undefined };
type Want = { readonly name: string; readonly held: boolean };

/** Keeps a package as it is: no upgrade and no removal touches it. */
export const hold = defineResource<Asked, Want, HoldFacts>({
  name: "pkg.hold",
  kind: "hold",
  version: 1,
  summary: "Keeps packages from being upgraded or removed, as `apt-mark hold` does; of apt, zypper and pacman.",
  example: `
    pkg.install{ name = "zsh" }
    pkg.hold{ name = "zsh" }
  `,
  schema,
  expand: (props) => [...new Set(props.name)].map((name) => ({ ...props, name: [name] })),
  identity: (props) => props.name.join(", "),
  want: ({ name, state }) => ({ name: name.join(" "), held: state === "present" }),

  read: async ({ name }, target) => ({ held: await (await holdsOn(target)).isHeld(name, target) }),

  async desired({ name, held }, _actual, target) {
    const isThere = async (): Promise<boolean> => (await installedOn(target)).find(name).length > 0;
    if (held && target.predicted("package", name) === undefined && !(await isThere()))
      throw missing(target, `${name} is not installed, so it cannot be held`, "install it before with pkg.install");
    return { held };
  },

  apply: (want, diff, target) => setHolds([{ want, diff }], target),
  applyAll: setHolds,
  predict: predictMerged,
  refuse: (target) => requireRoot(target, "packages"),
  locks: () => ["packages"],

  undo: {
    restate: (name, facts) => ({ want: { name, held: facts?.held === true }, stated: { held: facts?.held === true } }),
  },
});

async function setHolds(
  items: readonly { readonly want: Want; readonly diff: Diff<HoldFacts> }[],
  target: System,
): Promise<void> {
  requireRoot(target, "packages");
  const holds = await holdsOn(target);
  for (const held of [true, false]) {
    const changed = items.filter(({ diff }) => diff.desired?.held === held).map(({ want }) => want.name);
    if (changed.length > 0) await holds.set(changed, held, target);
  }
}
