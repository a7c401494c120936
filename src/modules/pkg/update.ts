import { requireRoot } from "../_accounts/tools.ts";
import { defineAction } from "../../engine/resource.ts";
import { object } from "../../engine/schema.ts";
import { lockTimeout, lockTimeoutOf } from "./_fields.ts";
import { indexPrint, noteFetched } from "./_index.ts";
import { managerOf } from "./_managers.ts";
import { transact } from "./_transact.ts";

interface UpdateProps {
  readonly lock_timeout?: number | undefined;
}

/** Fetches the index of available packages; a change only when it is another than before. */
export const update = defineAction<UpdateProps, { lockTimeoutMs: number }>({
  name: "pkg.update",
  summary: "Fetches the index of available packages. It is a change only when the index is another than before.",
  example: "pkg.update{}",
  schema: object({ lock_timeout: lockTimeout }),
  title: () => "package index",
  want: (props) => ({ lockTimeoutMs: lockTimeoutOf(props) }),
  results: [],
  locks: () => ["packages"],
  reaches: "package",
  refuse: (target) => requireRoot(target, "packages"),

  async run(want, target) {
    const manager = await managerOf(target);
    const before = await indexPrint(manager, target);
    await transact(manager, manager.refresh, target, want.lockTimeoutMs);
    noteFetched(manager, target);
    return { changed: (await indexPrint(manager, target)) !== before };
  },
});
