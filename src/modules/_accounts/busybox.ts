import type { UserFacts, UserWant } from "./user.ts";
import { mustSucceed } from "../../system/processes/command.ts";
import type { Argv, System } from "../../system/system.ts";
import type { AccountTools } from "./tools.ts";
import { groupsListing, passwdEntry, setFields, usersWithGid } from "./database.ts";

/** adduser and its kin. What busybox has no tool for is changed in the files, as its own tools do. */
export const busybox: AccountTools = {
  async addUser(want, stated, target) {
    const group = stated.group ?? (await ownGroup(want, target));
    const options: readonly (readonly string[] | undefined)[] = [
      ["-D", "-g", stated.comment ?? ""],
      stated.uid === undefined ? undefined : ["-u", String(stated.uid)],
      group === undefined ? undefined : ["-G", group],
      stated.home === undefined ? undefined : ["-h", stated.home],
      stated.shell === undefined ? undefined : ["-s", stated.shell],
      want.createHome === false ? ["-H"] : undefined,
      want.system ? ["-S"] : undefined,
    ];
    await run(["adduser", ...options.flatMap((option) => option ?? []), want.name], target);
    await setGroups(want.name, stated.groups ?? [], [], target);
    if (stated.expires !== undefined) await setExpiry(want.name, stated.expires, target);
  },

  async changeUser(want, changed, target) {
    const before = passwdEntry(want.name, target);
    if (before === null) return;
    if (changed.home !== undefined && want.moveHome && target.stat(before.home) !== null)
      await run(["mv", "--", before.home, changed.home], target);
    await setFields("/etc/passwd", want.name, passwdFields(changed, target), target);
    if (changed.uid !== undefined) await ownHome(want.name, target);
    if (changed.groups !== undefined)
      await setGroups(want.name, changed.groups, groupsListing(want.name, target), target);
    if (changed.expires !== undefined) await setExpiry(want.name, changed.expires, target);
  },

  lockUser: (name, locked, target) => run(["passwd", locked ? "-l" : "-u", name], target),
  removeUser: (name, removeHome, target) => run(["deluser", ...(removeHome ? ["--remove-home"] : []), name], target),

  async addGroup({ name, gid, system }, target) {
    await run(["addgroup", ...(gid === null ? [] : ["-g", String(gid)]), ...(system ? ["-S"] : []), name], target);
  },
  async changeGroup(name, gid, target) {
    const before = target.groupId(name);
    await setFields("/etc/group", name, { 2: String(gid) }, target);
    for (const user of before === null ? [] : usersWithGid(before, target))
      await setFields("/etc/passwd", user, { 3: String(gid) }, target);
  },
  removeGroup: (name, target) => run(["delgroup", name], target),
};

/** A group of the user's name that is there already; for a system user, whom adduser puts into nogroup, one made now. */
async function ownGroup(want: UserWant, target: System): Promise<string | undefined> {
  if (target.groupId(want.name) !== null) return want.name;
  if (!want.system) return undefined;
  await run(["addgroup", "-S", want.name], target);
  return want.name;
}

async function setGroups(
  name: string,
  wanted: readonly string[],
  present: readonly string[],
  target: System,
): Promise<void> {
  for (const group of wanted.filter((one) => !present.includes(one))) await run(["addgroup", name, group], target);
  for (const group of present.filter((one) => !wanted.includes(one))) await run(["delgroup", name, group], target);
}

function passwdFields(changed: Partial<UserFacts>, target: System): { readonly [index: number]: string } {
  const { uid, group, comment, home, shell } = changed;
  const gid = group === undefined ? null : target.groupId(group);
  const fields = [undefined, undefined, uid?.toString(), gid?.toString(), comment, home, shell];
  return Object.fromEntries(fields.flatMap((value, index) => (value === undefined ? [] : [[index, value]])));
}

/** Days since 1970 in the eighth field of /etc/shadow. */
function setExpiry(name: string, expires: string, target: System): Promise<void> {
  const days = expires === "never" ? "" : String(Date.parse(`${expires}T00:00:00Z`) / 86_400_000);
  return setFields("/etc/shadow", name, { 7: days }, target);
}

async function ownHome(name: string, target: System): Promise<void> {
  const entry = passwdEntry(name, target);
  if (entry === null || target.stat(entry.home) === null) return;
  await run(["chown", "-hR", String(entry.uid), entry.home], target);
}

async function run(argv: Argv, target: System): Promise<void> {
  mustSucceed(argv, await target.run(argv));
}
