import {
  dictionary,
  either,
  flag,
  integer,
  isOneLine,
  isWord,
  object,
  oneOf,
  oneOrMany,
  optional,
  textLike,
  withDefault,
} from "../../../engine/schema.ts";
import { keyField } from "./key.ts";

const line = (summary: string) => textLike(summary, (text) => text !== "" && isOneLine(text), "one line");
const word = (shape: string, like: RegExp | ((text: string) => boolean) = isWord) => textLike("", like, shape);
const uri = word("an address without blanks", /^(?:[a-z][a-z0-9+.-]*:|\/|@\S+ (?:[a-z]+:\/)?\/)[^\s\0]*$/i);
const url = (summary: string) => textLike(summary, /^[a-z][a-z0-9+.-]*:\/\/[^\s\0]*$/i, "a URL without blanks");
const names = word("names without blanks");

export const repositorySchema = object(
  {
    name: textLike(
      "Names the source: its file, or its section.",
      /^[A-Za-z0-9][A-Za-z0-9._+-]*$/,
      "letters, digits, '.', '_', '+' and '-'",
    ),
    uris: optional(oneOrMany("Where it is; of dnf and zypper the `baseurl`.", uri)),
    suites: optional(oneOrMany("Of apt: `bookworm`, or a directory that ends with `/`.", names)),
    components: optional(oneOrMany("Of apt: `main`.", names)),
    types: optional(oneOrMany("Of apt: `deb` when absent.", oneOf("", "deb", "deb-src"))),
    architectures: optional(oneOrMany("Of apt: `amd64`.", names)),
    baseurl: optional(oneOrMany("As `uris`, by the name that dnf and zypper have for it.", uri)),
    mirrorlist: optional(url("Of dnf and zypper.")),
    metalink: optional(url("Of dnf.")),
    description: optional(line("Of dnf and zypper: the name for people; that of the section when absent.")),
    gpgcheck: optional(flag("Of dnf and zypper: packages must be signed.")),
    repo_gpgcheck: optional(flag("Of dnf and zypper: the index must be signed.")),
    priority: optional(integer("Of dnf and zypper: the lower goes first.", 1)),
    exclude: optional(oneOrMany("Of dnf: packages that are never taken from here.", names)),
    includepkgs: optional(oneOrMany("Of dnf: the only packages that are taken from here.", names)),
    enabled: optional(flag("Whether it is asked at all; it is when absent.")),
    options: optional(
      dictionary(
        "Further settings, by the names that the manager has for them: `Trusted`, `SigLevel`.",
        either("", line(""), flag(""), "a string of one line, true or false"),
      ),
    ),
    key: optional(keyField),
    migrate: withDefault(flag("Of apt: takes the same source out of files of the old format, a line a source."), false),
    state: withDefault(
      oneOf("Whether it is there; its key goes along where nobody else uses it.", "present", "absent"),
      "present",
    ),
  },
  (props) => {
    const { uris, baseurl, options = {} } = props;
    const empty = Object.entries(props).find(([, value]) => Array.isArray(value) && value.length === 0);
    if (empty !== undefined) return `'${empty[0]}' is empty`;
    if (uris !== undefined && baseurl !== undefined) return "takes either 'uris' or 'baseurl'";
    const odd = Object.keys(options).find((name) => !/^[A-Za-z][A-Za-z0-9_-]*$/.test(name));
    return odd === undefined ? undefined : `'options' has '${odd}', which is no name of a setting`;
  },
);
