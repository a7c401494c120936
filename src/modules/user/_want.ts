import type { UserWant } from "../_accounts/user.ts";
import { accountName } from "../_accounts/account-name.ts";
import type { Source } from "../../engine/resource.ts";
import {
  absolutePath,
  account,
  checkedText,
  contents,
  flag,
  integer,
  list,
  object,
  optional,
  textLike,
  withDefault,
  type Contents,
  type Props,
} from "../../engine/schema.ts";
import { Secret } from "../../base/value.ts";
import { SlothError } from "../../base/errors.ts";
import { bytesOf } from "../_kit/bytes.ts";

const field = (summary: string) => textLike(summary, /^[^:\0-\x1f\x7f]*$/, "one line without ':'");

export const userSchema = object({
  name: accountName("Login name."),
  uid: optional(integer("User id.", 0, 4_294_967_294)),
  group: optional(account("Primary group, by name or number. For a new user: one of its own name.")),
  groups: optional(list("Further groups: exactly these, unless `append`.", account("A group."))),
  append: withDefault(flag("`groups` and `authorized_keys` are added to those there are."), false),
  home: optional(absolutePath("Home directory.")),
  move_home: withDefault(flag("Moves what is in the home directory when `home` changes."), false),
  create_home: optional(flag("Makes the home directory when it is missing. For a new user: yes unless false.")),
  shell: optional(field("Login shell.")),
  comment: optional(field("Full name or purpose (GECOS).")),
  system: withDefault(flag("A new user gets an id from the system's range."), false),
  password_hash: optional(contents("The password as crypt(3) keeps it (`$6$…`, `$y$…`); never shown or recorded.")),
  locked: optional(flag("Whether the password is locked; other ways to log in stay.")),
  expires: optional(
    checkedText("The day from which nobody may log in by the account any more, as `2030-12-31`, or `never`.", dayFault),
  ),
  authorized_keys: optional(
    list(
      "Public keys that may log in, each a line of authorized_keys: exactly these, unless `append`.",
      checkedText("A key, with its options and comment.", keyFault, (given) => given.trim()),
    ),
  ),
});
export type UserProps = Props<typeof userSchema>;

function keyFault(line: string): string | undefined {
  if (line === "") return "is empty";
  if (line.startsWith("#")) return "is a comment, not a key";
  if (line.includes("\0")) return "holds a NUL byte";
  return /[\r\n]/.test(line) ? "holds several lines; give each key as an item of the list" : undefined;
}

/** Day 0 of shadow(5) is taken for never by some. */
function dayFault(text: string): string | undefined {
  if (text === "never") return undefined;
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return `is '${text}', expected a day such as 2030-12-31, or never`;
  const at = new Date(`${text}T00:00:00Z`);
  if (Number.isNaN(at.getTime()) || at.toISOString().slice(0, 10) !== text)
    return `is ${text}, a day that does not exist`;
  return at.getTime() > 0 ? undefined : `is ${text}, expected a day after 1970-01-01`;
}

export function toUserWant(props: UserProps, source: Source): UserWant {
  return {
    name: props.name,
    uid: props.uid ?? null,
    group: props.group ?? null,
    groups: props.groups ?? null,
    append: props.append,
    itemwise: props.append && !source.sensitive,
    home: props.home ?? null,
    moveHome: props.move_home,
    createHome: props.create_home ?? null,
    shell: props.shell ?? null,
    comment: props.comment ?? null,
    system: props.system,
    password: props.password_hash === undefined ? null : source.hold(checkedHash(props.password_hash)),
    locked: props.locked ?? null,
    expires: props.expires ?? null,
    keys: props.authorized_keys ?? null,
  };
}

/** A want that states nothing. */
export function bareWant(name: string): UserWant {
  return {
    name,
    uid: null,
    group: null,
    groups: null,
    append: false,
    home: null,
    moveHome: false,
    createHome: null,
    shell: null,
    comment: null,
    system: false,
    password: null,
    locked: null,
    expires: null,
    keys: null,
  };
}

/** A hash is kept as a secret whatever it came as. A plain password here would end up in /etc/shadow and let nobody in. */
function checkedHash(hash: Contents): Secret {
  const bytes = bytesOf(hash);
  const isHash = /^(\$[^$:\s]+\$[^:\s]+|[./A-Za-z0-9]{13}|\*)$/.test(Buffer.from(bytes).toString("latin1"));
  if (isHash) return new Secret(bytes, "password_hash");
  throw new SlothError("E_FIELD", "'password_hash' is not a password hash", {
    hint: "make one with `openssl passwd -6` or `mkpasswd`; a plain password is not taken",
  });
}
