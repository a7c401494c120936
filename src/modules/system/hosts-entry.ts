import { isIP } from "node:net";
import type { ValueObject } from "../../base/value.ts";
import { defineResource, type Facts } from "../../engine/resource.ts";
import { absolutePath, object, oneOf, oneOrMany, textLike, withDefault, type Props } from "../../engine/schema.ts";
import { entryHooks, standingsBy, type EntryForm } from "../_files/entries.ts";
import { entryFile, inFile } from "../_files/entry-file.ts";

const schema = object(
  {
    ip: textLike("The address, IPv4 or IPv6.", (text) => isIP(text) !== 0, "an IPv4 or IPv6 address"),
    names: oneOrMany(
      "Its names; the first one is the canonical one, by which the line is found.",
      textLike("", /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?$/, "the name of a host"),
    ),
    file: withDefault(absolutePath("The file."), "/etc/hosts"),
    state: withDefault(oneOf("Whether the line is there.", "present", "absent"), "present"),
  },
  ({ names }) => (names.length === 0 ? "'names' is empty" : undefined),
);

type Asked = Props<typeof schema>;
type HostFacts = Facts & { readonly ip?: string; readonly names?: readonly string[] };
type Want = {
  readonly path: string;
  readonly name: string;
  /** 4 or 6: a name may have a line of each. */
  readonly family: number;
  readonly stated: ValueObject | null;
};

const hostsIn = standingsBy<HostFacts>((line) => {
  const [ip = "", ...names] = (line.split("#")[0] ?? "").trim().split(/\s+/);
  const [first] = names;
  return first === undefined ? undefined : { key: `${first.toLowerCase()} ${isIP(ip)}`, facts: { ip, names } };
});

/** An address and names; what is behind a `#` stays. */
const form: EntryForm<Want, HostFacts> = {
  find: (lines, { name, family }) => hostsIn(lines).get(`${name.toLowerCase()} ${family}`) ?? [],
  write({ ip = "", names = [] }, _want, standing) {
    const comment = /\s*#.*$/.exec(standing[0] ?? "")?.[0] ?? "";
    return [`${ip}\t${names.join(" ")}${comment}`];
  },
};

/** Keeps one line of /etc/hosts, found by its first name. */
export const hostsEntry = defineResource<Asked, Want, HostFacts>({
  ...inFile,
  name: "system.hosts_entry",
  kind: "hosts_entry",
  summary: "Keeps a line of /etc/hosts.",
  example: 'system.hosts_entry{ ip = "10.0.0.9", names = { "db1.example.org", "db1" } }',
  schema,
  identity: ({ file, ip, names }) => `${file}: ${names[0]}${isIP(ip) === 6 ? " (IPv6)" : ""}`,
  want: ({ file, ip, names, state }) => ({
    path: file,
    name: names[0] ?? "",
    family: isIP(ip),
    stated: state === "absent" ? null : { ip, names },
  }),
  ...entryHooks<Want, HostFacts>(form, entryFile()),
});
