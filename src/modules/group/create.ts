import { accountName } from "../_accounts/account-name.ts";
import { defineResource, predictMerged, type Facts } from "../../engine/resource.ts";
import { flag, integer, object, optional, withDefault } from "../../engine/schema.ts";
import { SlothError } from "../../base/errors.ts";
import type { ReadSystem } from "../../system/system.ts";
import { accountTools, requireRoot, ACCOUNTS } from "../_accounts/tools.ts";
import { groupEntry } from "../_accounts/database.ts";

interface GroupProps {
  readonly name: string;
  readonly gid?: number | undefined;
  readonly system: boolean;
}

type GroupWant = { readonly name: string; readonly gid: number | null; readonly system: boolean };
export type GroupFacts = Facts & { readonly gid?: number | undefined };

/** Keeps a group, with its number when that is stated. */
export const create = defineResource<GroupProps, GroupWant, GroupFacts>({
  name: "group.create",
  kind: "group",
  version: 1,
  summary: "Keeps a group; a stated gid is kept too.",
  example: 'group.create{ name = "deploy", gid = 1500 }',
  schema: object({
    name: accountName("Name of the group."),
    gid: optional(integer("Group id; left to the system when absent. Files of the old one keep it.", 0, 4_294_967_294)),
    system: withDefault(flag("A new group gets an id from the system's range."), false),
  }),
  identity: (props) => props.name,
  want: (props) => ({ name: props.name, gid: props.gid ?? null, system: props.system }),
  read: (want, target) => readGroup(want.name, target),

  desired(want, actual, target) {
    if (want.gid === null) return {};
    const owner = target.groupName(want.gid);
    if (want.gid !== actual?.gid && owner !== String(want.gid) && owner !== want.name)
      throw new SlothError("E_ID_TAKEN", `group id ${want.gid} belongs to '${owner}' already`);
    return { gid: want.gid };
  },

  refuse: (target) => requireRoot(target, "groups"),
  predict: predictMerged,
  locks: () => ACCOUNTS,

  async apply(want, diff, target) {
    requireRoot(target, "groups");
    const tools = accountTools(target);
    const gid = diff.desired?.gid ?? null;
    if (diff.action === "create") await tools.addGroup({ ...want, gid }, target);
    else if (gid !== null) await tools.changeGroup(want.name, gid, target);
  },

  undo: {
    async remove(want, _actual, target) {
      requireRoot(target, "groups");
      await accountTools(target).removeGroup(want.name, target);
    },

    restate: (name, facts) => ({
      want: { name, gid: facts?.gid ?? null, system: false },
      stated: { gid: facts?.gid },
    }),
  },
});

export function readGroup(name: string, target: ReadSystem): GroupFacts | null {
  const entry = groupEntry(name, target);
  return entry === null ? null : { gid: entry.gid };
}
