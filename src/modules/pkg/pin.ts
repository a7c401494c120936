import type { ValueObject } from "../../base/value.ts";
import { defineResource, type Facts } from "../../engine/resource.ts";
import {
  integer,
  isWord,
  object,
  oneOf,
  oneOrMany,
  optional,
  textLike,
  withDefault,
  type Props,
} from "../../engine/schema.ts";
import { entryHooks, type EntryForm } from "../_files/entries.ts";
import { entryFile, inFile } from "../_files/entry-file.ts";
import { requireManager } from "./_manager-only.ts";
import { stanzasOf } from "./_repository/apt-form.ts";
import { valueIn, withEntry, wordsIn } from "./_repository/block.ts";

const schema = object(
  {
    name: textLike("Names the file.", /^[A-Za-z0-9][A-Za-z0-9_-]*$/, "letters, digits, '_' and '-'"),
    packages: optional(
      oneOrMany("Packages, patterns such as `linux-*`, or `*`.", textLike("", isWord, "a name without blanks")),
    ),
    pin: optional(
      textLike(
        "What of them: `version 5.10*`, `release a=stable`, `origin deb.example.org`.",
        /^(?:version|release|origin) [^\r\n\0]+$/,
        "'version …', 'release …' or 'origin …'",
      ),
    ),
    priority: optional(integer("Below 0 never, above 1000 even as a downgrade.", -32768, 32767)),
    state: withDefault(oneOf("Whether it is there.", "present", "absent"), "present"),
  },
  ({ state, packages, pin, priority }) => {
    if (state === "absent") return undefined;
    const missing = Object.entries({ packages, pin, priority }).find(([, value]) => value === undefined)?.[0];
    if (missing !== undefined) return `'${missing}' is missing`;
    if (packages?.length === 0) return "'packages' is empty";
    return priority === 0 ? "'priority' is 0, which apt does not take" : undefined;
  },
);

type Asked = Props<typeof schema>;
type PinFacts = Facts & {
  readonly packages?: readonly string[] | undefined;
  readonly pin?: string | undefined;
  readonly priority?: number | undefined;
};
type Want = { readonly path: string; readonly stated: ValueObject | null };

/** The first stanza of a file of preferences.d; others stay, but go with the file. */
const form: EntryForm<Want, PinFacts> = {
  find: (lines) =>
    stanzasOf(lines).map((stanza, index, all) => {
      const facts = {
        packages: wordsIn(stanza, "Package") ?? [],
        pin: valueIn(stanza, "Pin")?.replace(/\s+/g, " ") ?? "",
        priority: Number(valueIn(stanza, "Pin-Priority") ?? NaN),
      };
      return { from: stanza.from, to: all[index + 1]?.from ?? stanza.to, facts };
    }),

  write({ packages = [], pin = "", priority = 0 }, _want, standing) {
    let lines = standing;
    const put = (key: string, value: string): void => {
      const stanza = stanzasOf(lines)[0] ?? { from: 0, to: lines.length, entries: [] };
      if (valueIn(stanza, key)?.replace(/\s+/g, " ") === value) return;
      lines = withEntry(lines, stanza, key, [`${key}: ${value}`]);
    };
    put("Package", packages.join(" "));
    put("Pin", pin);
    put("Pin-Priority", String(priority));
    return lines;
  },
};

const hooks = entryHooks<Want, PinFacts>(form, entryFile({ emptyGoes: true }));

/** Keeps a preference of apt: which version of a package it takes. */
export const pin = defineResource<Asked, Want, PinFacts>({
  ...inFile,
  name: "pkg.pin",
  kind: "pin",
  summary: "Keeps a preference of apt, in /etc/apt/preferences.d: which version, release or origin it takes.",
  example: `
    pkg.pin{ name = "docker", packages = { "docker-ce", "docker-ce-cli" }, pin = "version 5:24.*", priority = 1001 }
    pkg.pin{ name = "backports", packages = "*", pin = "release a=bookworm-backports", priority = 100 }
  `,
  schema,
  identity: ({ name }) => name,
  want: ({ name, state, packages = [], pin: what = "", priority = 0 }) => ({
    path: `/etc/apt/preferences.d/${name}.pref`,
    stated: state === "absent" ? null : { packages, pin: what.replace(/\s+/g, " "), priority },
  }),
  ...hooks,

  async desired(want, _actual, target) {
    await requireManager("preferences", ["apt"], target);
    return hooks.desired(want);
  },
});
