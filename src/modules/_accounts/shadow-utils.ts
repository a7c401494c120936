import type { UserFacts } from "./user.ts";
import { pause } from "../../base/pause.ts";
import { toText } from "../../base/byte-text.ts";
import { mustSucceed } from "../../system/processes/command.ts";
import type { Argv, System } from "../../system/system.ts";
import { passwdEntry } from "./database.ts";
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
    const before = passwdEntry(want.name, target)?.home ?? "";
    const move = changed.home !== undefined && want.moveHome && target.stat(before) !== null ? ["-m"] : [];
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

/** The tools give up at once on whoever else is changing accounts. */
async function run(argv: Argv, target: System): Promise<void> {
  const until = performance.now() + LOCK_TIMEOUT_MS;
  for (;;) {
    const result = await target.run(argv, { env: { LC_ALL: "C" } });
    const isLocked = result.exitCode !== 0 && LOCKED.test(toText(result.stderr));
    if (!isLocked || performance.now() >= until) return void mustSucceed(argv, result);
    await pause(LOOK_AGAIN_MS, target.signal);
  }
}

const LOCKED = /cannot lock \/etc\/\S+; try again later/;
const LOCK_TIMEOUT_MS = 30_000;
const LOOK_AGAIN_MS = 250;
