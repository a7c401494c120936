import type { UserFacts } from "./user.ts";
import { mustSucceed } from "../../system/processes/command.ts";
import type { Argv, System } from "../../system/system.ts";
import type { AccountTools } from "./tools.ts";

/** useradd and its kin. */
export const shadowUtils: AccountTools = {
  async addUser(want, stated, target) {
    // A group of its own name comes with a user; one that is there would otherwise make useradd refuse.
    const hasOwn = target.groupId(want.name) !== null;
    const isOwn = stated.group === undefined || stated.group === want.name;
    const options = [
      ...fieldOptions(isOwn ? { ...stated, group: undefined } : stated),
      ...(isOwn && hasOwn ? ["-g", want.name] : []),
      want.createHome === false ? "-M" : "-m",
      ...(want.system ? ["-r"] : []),
    ];
    await run(["useradd", ...options, "--", want.name], target);
  },

  async changeUser(want, changed, target) {
    const options = fieldOptions(changed);
    if (options.length === 0) return;
    const move = changed.home !== undefined && want.moveHome ? ["-m"] : [];
    await run(["usermod", ...options, ...move, "--", want.name], target);
  },

  lockUser: (name, locked, target) => run(["usermod", locked ? "-L" : "-U", "--", name], target),
  removeUser: (name, removeHome, target) => run(["userdel", ...(removeHome ? ["-r"] : []), "--", name], target),

  async addGroup({ name, gid, system }, target) {
    await run(
      ["groupadd", ...(gid === null ? [] : ["-g", String(gid)]), ...(system ? ["-r"] : []), "--", name],
      target,
    );
  },
  changeGroup: (name, gid, target) => run(["groupmod", "-g", String(gid), "--", name], target),
  removeGroup: (name, target) => run(["groupdel", "--", name], target),
};

/** The options that useradd and usermod have in common. */
function fieldOptions({ uid, group, groups, home, shell, comment, expires }: Partial<UserFacts>): readonly string[] {
  const options: readonly (readonly [string, string | undefined])[] = [
    ["-u", uid?.toString()],
    ["-g", group],
    ["-G", groups?.join(",")],
    ["-d", home],
    ["-s", shell],
    ["-c", comment],
    ["-e", expires === "never" ? "" : expires],
  ];
  return options.flatMap(([option, value]) => (value === undefined ? [] : [option, value]));
}

async function run(argv: Argv, target: System): Promise<void> {
  mustSucceed(argv, await target.run(argv, { env: { LC_ALL: "C" } }));
}
