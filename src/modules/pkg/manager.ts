import { defineQuery } from "../../engine/resource.ts";
import { object } from "../../engine/schema.ts";
import { managerOf } from "./_managers.ts";

/** Which package manager the machine has. */
export const manager = defineQuery<Record<never, never>, Record<string, never>>({
  name: "pkg.manager",
  summary: "Name of the machine's package manager: apt, dnf, zypper, pacman or apk.",
  example: `
    if pkg.manager() == "apt" then
        print("a Debian, or kin of it")
    end
  `,
  schema: object({}),
  returns: '"apt"|"dnf"|"zypper"|"pacman"|"apk"',
  want: () => ({}),
  read: async (_want, target) => (await managerOf(target)).name,
});
