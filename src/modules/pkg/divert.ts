import { SlothError } from "../../base/errors.ts";
import { nameIn } from "../../base/path.ts";
import { defineResource, predictMerged, type Facts } from "../../engine/resource.ts";
import { absolutePath, flag, object, oneOf, optional, textLike, withDefault, type Props } from "../../engine/schema.ts";
import { mustSucceed } from "../../system/processes/command.ts";
import type { Argv, ReadSystem, System } from "../../system/system.ts";
import { requireRoot } from "../_accounts/tools.ts";
import { plainFacts } from "../../engine/record/resource-row.ts";
import { stated } from "../_files/file.ts";
import { requireManager } from "./_manager-only.ts";
import { textAt } from "./_repository/files.ts";

const DIVERSIONS = "/var/lib/dpkg/diversions";

const schema = object(
  {
    path: absolutePath("The file as packages have it."),
    to: optional(absolutePath("Where it goes; `PATH.distrib` when absent.")),
    package: optional(
      textLike(
        "Whose own file stays at the path; that of the machine itself when absent.",
        /^[a-z0-9][a-z0-9+.-]*$/,
        "the name of a package",
      ),
    ),
    rename: withDefault(flag("Moves the file that is there along, and back."), true),
    state: withDefault(oneOf("Whether it is diverted.", "present", "absent"), "present"),
  },
  ({ path, to }) => (path === to ? "'to' is the path itself" : undefined),
);

type Asked = Props<typeof schema>;
type DiversionFacts = Facts & {
  readonly to?: string | undefined;
  /** "" of the machine itself. */
  readonly package?: string | undefined;
};
type Want = {
  readonly path: string;
  readonly rename: boolean;
  readonly stated: { readonly to: string; readonly package: string } | null;
};

/** Keeps a file of packages under another name, so that one of one's own can be in its place. */
export const divert = defineResource<Asked, Want, DiversionFacts>({
  name: "pkg.divert",
  kind: "diversion",
  version: 1,
  summary: "Keeps a diversion of dpkg: what packages install at a path goes to another one.",
  example: `
    pkg.divert{ path = "/etc/motd" }
    file_ops.copy{ content = "Ours.\\n", dest = "/etc/motd" }
  `,
  schema,
  identity: ({ path }) => path,
  want: ({ path, to = `${path}.distrib`, package: owner = "", rename, state }) => ({
    path,
    rename,
    stated: state === "absent" ? null : { to, package: owner },
  }),

  async read({ path }, target) {
    await requireManager("diversions", ["apt"], target);
    return diversions(target).get(path) ?? null;
  },

  desired(want, actual, target) {
    const to = want.stated === null ? actual?.to : want.stated.to;
    const differs = want.stated === null ? actual !== null : actual?.to !== to;
    if (differs && want.rename && to !== undefined) refuseOverwriting(want, to, target);
    return want.stated;
  },

  async apply(want, diff, target) {
    requireRoot(target, "packages");
    if (diff.actual !== null) await divertBy("--remove", want, diff.actual, target);
    if (diff.desired !== null) await divertBy("--add", want, { ...diff.actual, ...diff.desired }, target);
  },

  predict: predictMerged,
  refuse: (target) => requireRoot(target, "packages"),
  locks: () => ["packages"],

  undo: {
    async remove(want, actual, target) {
      requireRoot(target, "packages");
      refuseOverwriting({ ...want, stated: null }, actual.to ?? "", target);
      await divertBy("--remove", want, actual, target);
    },
    restate: (path, facts) => ({
      want: {
        path,
        rename: true,
        stated: facts === null ? null : { to: facts.to ?? "", package: facts.package ?? "" },
      },
      stated: facts === null ? {} : plainFacts(stated(facts)),
    }),
  },
});

/** dpkg's record: a path, where it goes, and for whom, each on a line; `:` is nobody. */
function diversions(target: ReadSystem): ReadonlyMap<string, { readonly to: string; readonly package: string }> {
  const lines = textAt(DIVERSIONS, target).split("\n");
  const found = new Map<string, { to: string; package: string }>();
  for (let at = 0; at + 2 < lines.length; at += 3) {
    const [path = "", to = "", owner = ""] = lines.slice(at, at + 3);
    found.set(path, { to, package: owner === ":" ? "" : owner });
  }
  return found;
}

/** dpkg moves nothing over what is there. */
function refuseOverwriting({ path, stated: wanted }: Want, to: string, target: ReadSystem): void {
  const [from, over] = wanted === null ? [to, path] : [path, to];
  const [moved, there] = [target.lstat(from), target.lstat(over)];
  if (moved === null || there === null || (moved.ino === there.ino && moved.dev === there.dev)) return;
  throw new SlothError("E_EXISTS", `${over} is there already, so ${nameIn(from)} cannot be moved there`, {
    hint: `remove one of them before, or say rename = false`,
  });
}

async function divertBy(
  verb: "--add" | "--remove",
  { path, rename }: Want,
  facts: DiversionFacts,
  target: System,
): Promise<void> {
  const owner = facts.package === undefined || facts.package === "" ? ["--local"] : ["--package", facts.package];
  const argv: Argv = [
    "dpkg-divert",
    "--quiet",
    ...owner,
    "--divert",
    facts.to ?? "",
    rename ? "--rename" : "--no-rename",
    verb,
    path,
  ];
  mustSucceed(argv, await target.run(argv, { env: { LC_ALL: "C" } }));
}
