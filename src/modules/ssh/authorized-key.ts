import { SlothError } from "../../base/errors.ts";
import { plainFacts } from "../../engine/record/resource-row.ts";
import { defineResource, predictMerged, type Facts } from "../../engine/resource.ts";
import {
  absolutePath,
  either,
  flag,
  list,
  object,
  oneOf,
  oneOrMany,
  optional,
  sourceFile,
  text,
  textLike,
  withDefault,
  type Props,
} from "../../engine/schema.ts";
import { isObject, type ValueObject } from "../../base/value.ts";
import type { ReadSystem, System } from "../../system/system.ts";
import { accountName } from "../_accounts/account-name.ts";
import { accountOn, type Account } from "../_accounts/getent.ts";
import { entryHooks, type EntryForm } from "../_files/entries.ts";
import { isChanged } from "../_files/file.ts";
import { linesOf, withoutEnd } from "../_files/lines.ts";
import { givenKeys } from "./_given-keys.ts";
import { fingerprint, keyLineText, parseKeyLine, type KeyLine } from "./_key.ts";
import { keysFile, makeStrict, requireDirectory, STRICT, strictly, type KeysFile } from "./_keys-file.ts";

const option = textLike(
  "",
  /^[^\s",]+$|^[^\s",=]+="(?:\\"|[^"\r\n])*"$/,
  'an option such as no-pty or from="10.0.0.0/8"',
);

const schema = object(
  {
    user: accountName("Who may log in with it."),
    key: optional(oneOrMany("The public key, with its comment; several, also in one text.", text(""))),
    file: optional(sourceFile("A file beside the workflow with public keys, in place of `key`.")),
    url: optional(
      textLike(
        "Where public keys are fetched from, on this machine, in place of `key`.",
        /^https:\/\/\S+$/,
        "an https URL",
      ),
    ),
    options: optional(
      either(
        "What a login with it may do, as authorized_keys(5) has it, in this order; in place of those in `key`.",
        list("", option),
        text(""),
        "a list of options, or a string of them",
      ),
    ),
    comment: optional(textLike("Stands behind the key, in place of the comment in `key`.", /^[^\r\n\0]*$/, "one line")),
    exclusive: withDefault(flag("No other key may log in: those that are there go."), false),
    path: optional(absolutePath("The file. Default: `.ssh/authorized_keys` in the user's home.")),
    state: withDefault(oneOf("Whether it may log in.", "present", "absent"), "present"),
  },
  ({ key, file, url, exclusive, state, options }) => {
    if ([key, file, url].filter((given) => given !== undefined).length !== 1)
      return "takes one of 'key', 'file' and 'url'";
    if (exclusive && state === "absent") return "'exclusive' keeps keys, so it cannot be with state 'absent'";
    return typeof options === "string" && parseKeyLine(`${options} ${SOME_KEY}`)?.options !== options
      ? "'options' are no options as authorized_keys(5) has them"
      : undefined;
  },
);

const SOME_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIzlnSq5ESxLgW0avvPk3j7zLV59hcAPkxrMNdnZMKP2";

type Asked = Props<typeof schema> & {
  readonly account?: Account | undefined;
  /** One, or with `exclusive` all. */
  readonly keys?: readonly KeyLine[] | undefined;
};

type KeyFacts = Facts & {
  /** Type and key. */
  readonly key?: string | undefined;
  readonly options?: string | undefined;
  readonly comment?: string | undefined;
  /** All keys of the file, where no others may be. */
  readonly keys?: readonly string[] | undefined;
  /** Whether sshd takes keys from such a file. */
  readonly file?: string | undefined;
};

type Want = KeysFile & {
  /** Fingerprint of the key; null: all of them. */
  readonly name: string | null;
  /** Type and key, of which a new line is made. */
  readonly key?: string;
  /** Whose keys they are; absent where only the file is known. */
  readonly user?: string;
  readonly stated: ValueObject | null;
};

const store = keysFile<Want>("0600");

const form: EntryForm<Want, KeyFacts> = {
  find: (lines, { name }) =>
    lines.flatMap((line, from) => {
      const key = parseKeyLine(line);
      return key !== null && fingerprint(key) === name ? [{ from, to: from + 1, facts: factsOf(key) }] : [];
    }),
  write: ({ key = "", options = "", comment = "" }, want) => [
    [options, want.key ?? key, comment].filter((word) => word !== "").join(" "),
  ],
};

const one = entryHooks<Want, KeyFacts>(form, store);

/** Keeps who may log in by a public key: single keys, or with `exclusive` all that a file has. */
export const authorizedKey = defineResource<Asked, Want, KeyFacts>({
  name: "ssh.authorized_key",
  kind: "authorized_key",
  version: 1,
  summary: "Keeps a public key with which a user may log in.",
  example: `
      ssh.authorized_key({
          user = "www-data",
          file = "keys/ana.pub",
          path = "/etc/ssh/www-data.keys",
          options = { "no-port-forwarding", 'from="10.0.0.0/8"' },
      })
    `,
  schema,

  async expand(props, source, target) {
    const account = await accountOn(target, props.user);
    if (account === null)
      throw new SlothError("E_UNKNOWN_USER", `there is no user ${props.user}`, {
        hint: "create it before with user.create",
      });
    const path = props.path ?? `${account.home === "/" ? "" : account.home}/.ssh/authorized_keys`;
    const keys = (await givenKeys(props, source)).map((key) => asAsked(key, props));
    const all = { ...props, path, account };
    return props.exclusive ? [{ ...all, keys }] : keys.map((key) => ({ ...all, keys: [key] }));
  },

  identity: ({ user, path, exclusive, keys: [key] = [] }) =>
    key === undefined ? user : `${path}: ${exclusive ? ALL : fingerprint(key)}`,
  want: wanted,

  async read(want, target) {
    const facts = want.name === null ? await allKeys(want, target) : await one.read(want, target);
    return facts === null ? null : { ...facts, file: strictly(want, target) };
  },

  desired(want, _actual, target) {
    if (want.stated !== null) requirePlace(want, target);
    return want.stated;
  },

  async apply(want, diff, target, inputs) {
    if (want.name === null) await writeAll(want, diff.desired?.keys ?? [], target);
    else if (diff.desired === null || isChanged(diff, "options", "comment", "exists"))
      await one.apply(want, diff, target, inputs);
    if (diff.desired?.file === STRICT) makeStrict(want, target);
  },

  predict: predictMerged,
  locks: ({ path }) => [`file:${path}`],
  file: ({ path }) => path,
  undo: {
    remove: (want, actual, target) =>
      want.name === null ? writeAll(want, [], target) : one.undo.remove(want, actual, target),
    restate(address, facts) {
      const at = address.lastIndexOf(": ");
      const name = address.slice(at + 2);
      const { key, file: _strict, ...rest } = facts ?? {};
      const stated = facts === null ? null : plainFacts(rest);
      const want = { path: address.slice(0, at), name: name === ALL ? null : name, ...(key !== undefined && { key }) };
      return { want: { ...want, stated }, stated: stated ?? {} };
    },
  },
});

const ALL = "all keys";

function asAsked(key: KeyLine, { options, comment }: Asked): KeyLine {
  const asked = typeof options === "string" || options === undefined ? options : options.join(",");
  return { ...key, options: asked ?? key.options, comment: comment?.trim() ?? key.comment };
}

function wanted({ path = "", user, account, keys = [], exclusive, state }: Asked): Want {
  const file = { path, user, ...(account?.uid !== undefined && { uid: account.uid }) };
  if (exclusive) return { ...file, name: null, stated: { keys: keys.map(keyLineText), file: STRICT } };
  const [key] = keys;
  if (key === undefined) throw new SlothError("E_FIELD", "there is no public key");
  const { options, comment } = key;
  const stated = state === "absent" ? null : { options, comment, file: STRICT };
  return { ...file, name: fingerprint(key), key: `${key.type} ${key.blob}`, stated };
}

/** A user who is only planned has a home by then. */
function requirePlace({ path, user = "" }: Want, target: ReadSystem): void {
  if (!isObject(target.predicted("user", user))) requireDirectory(path, target);
}

function factsOf({ type, blob, options, comment }: KeyLine): KeyFacts {
  return { key: `${type} ${blob}`, options, comment };
}

async function allKeys(want: Want, target: ReadSystem): Promise<KeyFacts | null> {
  const text = await store.read(want, target);
  if (text === null) return null;
  return { keys: linesOf(text).flatMap((line) => (isComment(line) ? [] : [lineOf(withoutEnd(line))])) };
}

/** A key in its usual form; what is none as it is. */
function lineOf(line: string): string {
  const key = parseKeyLine(line);
  return key === null ? line.trim() : keyLineText(key);
}

function isComment(line: string): boolean {
  return /^\s*(#|$)/.test(line);
}

/** Comments stay, and keys that are wanted where they are. */
async function writeAll(want: Want, keys: readonly string[], target: System): Promise<void> {
  const before = await store.read(want, target);
  const lines = linesOf(before ?? "").map(withoutEnd);
  const isKept = (line: string, at: number): boolean =>
    isComment(line) ||
    (keys.includes(lineOf(line)) && lines.findIndex((other) => lineOf(other) === lineOf(line)) === at);
  const kept = lines.filter(isKept);
  const there = kept.map(lineOf);
  const after = [...kept, ...keys.filter((key) => !there.includes(key))].map((line) => `${line}\n`).join("");
  if (after !== (before ?? "")) await store.write(want, before, after, target);
}
