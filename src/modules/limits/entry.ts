import { defineResource, type Facts } from "../../engine/resource.ts";
import {
  absolutePath,
  either,
  integer,
  isOneLine,
  object,
  oneOf,
  optional,
  text,
  textLike,
  withDefault,
  type Props,
} from "../../engine/schema.ts";
import { plainFacts } from "../../engine/record/resource-row.ts";
import type { ValueObject } from "../../base/value.ts";
import { entryHooks, standingsBy, type EntryForm } from "../_files/entries.ts";
import { entryFile, inFile } from "../_files/entry-file.ts";

const ITEMS = [
  "core",
  "data",
  "fsize",
  "memlock",
  "nofile",
  "rss",
  "stack",
  "cpu",
  "nproc",
  "as",
  "maxlogins",
  "maxsyslogins",
  "nonewprivs",
  "priority",
  "locks",
  "sigpending",
  "msgqueue",
  "nice",
  "rtprio",
  "chroot",
] as const;

const schema = object(
  {
    domain: textLike(
      "Who: a user, `@group`, `%group`, `*`, or `1000:2000`.",
      /^[^\s#\0-\x1f\x7f]+$/,
      "a name without blanks",
    ),
    type: oneOf("Which limit; `-` is both.", "soft", "hard", "-"),
    item: oneOf("What is limited, as limits.conf(5) names it.", ...ITEMS),
    value: optional(
      either('How much; "unlimited", or -1, is no limit.', integer(""), text(""), "a number or a string"),
    ),
    comment: optional(text("Stands behind the value; what is there stays when absent.")),
    file: withDefault(absolutePath("The file."), "/etc/security/limits.conf"),
    state: withDefault(oneOf("Whether the limit is there.", "present", "absent"), "present"),
  },
  ({ value, comment = "", item, state }) => {
    if (!isOneLine(comment)) return "'comment' must be one line";
    if (value === undefined) return state === "absent" ? undefined : "'value' is missing";
    const number = Number(value);
    if (["unlimited", "infinity"].includes(String(value)) || (item === "chroot" && /^\/\S*$/.test(String(value))))
      return undefined;
    const low = item === "nice" || item === "priority" ? -20 : -1;
    return /^-?\d+$/.test(String(value)) && number >= low
      ? undefined
      : `'value' is '${value}', expected a number from 0 on, 'unlimited' or -1`;
  },
);

type Asked = Props<typeof schema>;
type LimitFacts = Facts & { readonly value?: string | undefined; readonly comment?: string | undefined };
type Want = {
  readonly path: string;
  readonly domain: string;
  readonly type: string;
  readonly item: string;
  readonly stated: ValueObject | null;
};

const LINE = /^\s*([^\s#]+)\s+(\S+)\s+(\S+)\s+([^\s#]+)\s*(#(.*))?$/;

const limitsIn = standingsBy<LimitFacts>((line) => {
  const [whole, domain, type, item, value, , comment] = LINE.exec(line) ?? [];
  return whole === undefined ? undefined : { key: `${domain} ${type} ${item}`, facts: { value, comment } };
});

/** `domain type item value # comment`. Of several, PAM obeys the last. */
const form: EntryForm<Want, LimitFacts> = {
  find: (lines, { domain, type, item }) => (limitsIn(lines).get(`${domain} ${type} ${item}`) ?? []).toReversed(),
  write: ({ value = "", comment }, { domain, type, item }) => [
    [domain, type, item, value, ...(comment === undefined ? [] : [`#${comment}`])].join("\t"),
  ],
};

/** Keeps a limit of pam_limits. */
export const entry = defineResource<Asked, Want, LimitFacts>({
  ...inFile,
  name: "limits.entry",
  kind: "limit",
  summary: "Keeps a limit in limits.conf or a file of limits.d; it counts from the next login on.",
  example:
    'limits.entry{ domain = "www-data", type = "-", item = "nofile", value = 65536, comment = "for the web server" }',
  schema,
  identity: ({ file, domain, type, item }) => `${file}: ${domain} ${type} ${item}`,
  want: ({ file, domain, type, item, state, value, comment }) => ({
    path: file,
    domain,
    type,
    item,
    stated: state === "absent" ? null : plainFacts({ value: String(value), comment }),
  }),
  ...entryHooks<Want, LimitFacts>(form, entryFile({ emptyGoes: true })),
});
