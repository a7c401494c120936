import { SlothError } from "../../base/errors.ts";
import type { ValueObject } from "../../base/value.ts";
import { plainFacts } from "../../engine/record/resource-row.ts";
import { defineResource, predictMerged, type Diff, type Facts } from "../../engine/resource.ts";
import {
  absolutePath,
  flag,
  integer,
  list,
  object,
  oneOf,
  optional,
  textLike,
  withDefault,
  type Props,
} from "../../engine/schema.ts";
import { mustSucceed } from "../../system/processes/command.ts";
import type { System } from "../../system/system.ts";
import { requireRoot } from "../_accounts/tools.ts";
import { missing } from "../_files/file.ts";
import { alternativesOf, requireAlternatives, type Follower } from "./_alternatives.ts";

const linkName = (summary: string) => textLike(summary, /^[A-Za-z0-9][A-Za-z0-9+._-]*$/, "the name of an alternative");

const schema = object(
  {
    name: linkName("Name of the choice: `editor`."),
    path: optional(absolutePath("What is chosen, and registered where it is not yet.")),
    auto: withDefault(flag("The one of the highest priority is in use; with `path` that is registered alone."), false),
    link: optional(absolutePath("Where the chosen one is found: `/usr/bin/editor`. Needed for a name that is new.")),
    priority: optional(integer("For `auto`; 50 where it is new and none is given.")),
    followers: optional(
      list(
        "Links that go along, such as manual pages.",
        object({
          name: linkName("Its name."),
          link: absolutePath("Where it is found."),
          path: absolutePath("Where it leads."),
        }),
      ),
    ),
    state: withDefault(oneOf("`absent`: `path` is no choice.", "present", "absent"), "present"),
  },
  ({ path, auto, link, priority, followers, state }) => {
    if (path === undefined) {
      if (state === "absent") return "'path' is missing: which one is to go";
      if (!auto) return "takes 'path' or auto = true";
      return (link ?? priority ?? followers) === undefined ? undefined : "'path' is missing: what is to be registered";
    }
    return path === link ? "'link' is the path itself" : undefined;
  },
);

type Asked = Props<typeof schema>;
type ChoiceFacts = Facts & {
  readonly mode?: string | undefined;
  /** What is in use now; null: nothing. */
  readonly selected?: string | null | undefined;
  readonly link?: string | undefined;
  /** Of the path; null: it is not registered. */
  readonly priority?: number | null | undefined;
  readonly followers?: readonly Follower[] | undefined;
};
type Want = { readonly name: string; readonly path: string; readonly stated: ValueObject | null };

/** Keeps what a name such as `editor` stands for. */
export const alternative = defineResource<Asked, Want, ChoiceFacts>({
  name: "pkg.alternative",
  kind: "alternative",
  version: 1,
  summary: "Keeps a choice of update-alternatives: what is registered for a name, and which one is in use.",
  example: `
    pkg.alternative{ name = "awk", path = "/usr/bin/mawk" }
    pkg.alternative{ name = "java", link = "/usr/bin/java", path = "/opt/jdk/bin/java", priority = 2000, auto = true }
  `,
  schema,
  identity: ({ name, path }) => (path === undefined ? name : `${name}: ${path}`),
  want: (props) => ({ name: props.name, path: props.path ?? "", stated: statedOf(props) }),

  read({ name, path, stated }, target) {
    requireAlternatives(target);
    const found = alternativesOf(name, target);
    const choice = found?.choices.get(path);
    if (found === null || (stated === null && choice === undefined)) return null;
    const { isAuto, link, selected } = found;
    const of = path === "" ? {} : { priority: choice?.priority ?? null, followers: sorted(choice?.followers ?? []) };
    return { mode: isAuto ? "auto" : "manual", selected, link, ...of };
  },

  desired({ name, path, stated }, actual, target) {
    if (stated === null) return null;
    if (path !== "" && target.stat(path) === null) throw missing(target, `${path} does not exist`);
    if (actual === null && path === "") throw missing(target, `there is no alternative ${name}`);
    if (actual === null && stated["link"] === undefined)
      throw new SlothError("E_FIELD", `'link' is missing, as ${name} is new`);
    return path === "" || stated["priority"] !== undefined ? stated : { ...stated, priority: actual?.priority ?? 50 };
  },

  apply: applyChoice,
  predict: predictMerged,
  refuse: (target) => requireRoot(target, "system files"),
  locks: () => ["alternatives"],

  undo: {
    remove: ({ name, path }, _actual, target) =>
      path === "" ? Promise.resolve() : change(["--remove", name, path], target),
    restate(address, facts) {
      const [name = "", path = ""] = address.split(": ", 2);
      const values = facts === null ? null : plainFacts(facts);
      return { want: { name, path, stated: values }, stated: values ?? {} };
    },
  },
});

function statedOf({ path, auto, link, priority, followers, state }: Asked): ValueObject | null {
  if (state === "absent") return null;
  const use = auto ? { mode: "auto" } : { mode: "manual", selected: path ?? "" };
  return plainFacts({ ...use, link, priority, followers: followers && sorted(followers) });
}

function sorted(followers: readonly Follower[]): readonly Follower[] {
  return followers.map(({ name, link, path }) => ({ name, link, path })).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

async function applyChoice({ name, path }: Want, diff: Diff<ChoiceFacts>, target: System): Promise<void> {
  if (diff.desired === null) return change(["--remove", name, path], target);
  const wanted = { ...diff.actual, ...diff.desired };
  const { mode, selected, link = "", priority, followers = [] } = wanted;
  const changed = new Set(diff.changes.map(({ property }) => property));
  const isRegistered = ["link", "priority", "followers"].some((property) => changed.has(property));
  if (isRegistered && typeof priority === "number") {
    const along = followers.flatMap((one) => ["--slave", one.link, one.name, one.path]);
    await change(["--install", link, name, path, String(priority), ...along], target);
  }
  // What was just registered may be in use by itself.
  const now = alternativesOf(name, target);
  if (mode === "auto" && (changed.has("mode") || now?.isAuto === false)) await change(["--auto", name], target);
  else if (mode === "manual" && typeof selected === "string" && (now?.isAuto !== false || now.selected !== selected))
    await change(["--set", name, selected], target);
  if (changed.has("priority") && priority === null) await change(["--remove", name, path], target);
}

async function change(words: readonly string[], target: System): Promise<void> {
  requireRoot(target, "system files");
  const argv = ["update-alternatives", ...words] as const;
  mustSucceed(argv, await target.run(argv, { env: { LC_ALL: "C" } }));
}
