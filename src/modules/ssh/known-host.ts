import { SlothError } from "../../base/errors.ts";
import type { ValueObject } from "../../base/value.ts";
import { plainFacts } from "../../engine/record/resource-row.ts";
import { defineResource, predictMerged, type Facts } from "../../engine/resource.ts";
import {
  absolutePath,
  flag,
  integer,
  object,
  oneOf,
  optional,
  text,
  textLike,
  withDefault,
  type Props,
} from "../../engine/schema.ts";
import { mustSucceed } from "../../system/processes/command.ts";
import type { Argv, System } from "../../system/system.ts";
import { accountName } from "../_accounts/account-name.ts";
import { accountOn, type Account } from "../_accounts/getent.ts";
import { entryHooks, type EntryForm, type Standing } from "../_files/entries.ts";
import { stated } from "../_files/file.ts";
import { fingerprint, parseKeyLine, type PublicKey } from "./_key.ts";
import { keysFile, type KeysFile } from "./_keys-file.ts";
import { brokenLine, hashedName, isAbout, isHashed, knownName, parseKnownLine, withoutName } from "./_known-hosts.ts";

const schema = object(
  {
    name: textLike(
      "The host's name or address, as it is given to ssh.",
      /^[^\s,|#@*?!\0-\x1f\x7f]+$/,
      "the name of a host",
    ),
    port: withDefault(integer("Its port.", 1, 65_535), 22),
    key: optional(
      text(
        "Its public key, as `ssh-keyscan` prints it or without the name before it; a line for each, of different types.",
      ),
    ),
    fingerprint: optional(
      textLike(
        "In place of `key`: the key that the host itself shows is taken, when its fingerprint is this one.",
        /^SHA256:[A-Za-z0-9+/]{43}$/,
        "a fingerprint such as SHA256:…, as `ssh-keygen -l` prints it",
      ),
    ),
    hash: optional(flag("Whether the file hides the name; left as it is when absent.")),
    user: optional(accountName("To whom it is known: in his ~/.ssh/known_hosts. To all when absent.")),
    path: optional(absolutePath("The file. Default: /etc/ssh/ssh_known_hosts.")),
    state: withDefault(
      oneOf("Whether it is known; without a key `absent` is of all its keys.", "present", "absent"),
      "present",
    ),
  },
  ({ name, port, key, fingerprint: pin, state }) => {
    if (key !== undefined && pin !== undefined) return "takes either 'key' or 'fingerprint'";
    if (key === undefined) {
      if (state === "absent" || pin !== undefined) return undefined;
      return "takes 'key' or 'fingerprint': what a host shows by itself proves nothing";
    }
    return faultIn(key, knownName(name, port));
  },
);

type Asked = Props<typeof schema> & { readonly account?: Account | undefined; readonly one?: PublicKey | undefined };

type HostFacts = Facts & {
  readonly fingerprint?: string | undefined;
  readonly hashed?: boolean | undefined;
  /** The lines as they stand. */
  readonly lines?: readonly string[] | undefined;
};

type Want = KeysFile & {
  readonly host: string;
  readonly port: number;
  /** Of this type alone; absent: of any. */
  readonly type?: string;
  readonly key?: PublicKey;
  /** Of this key alone, of whatever type it turns out to be. */
  readonly pin?: string;
  /** What is put back. */
  readonly lines?: readonly string[];
  readonly stated: ValueObject | null;
};

const form: EntryForm<Want, HostFacts> = {
  find(lines, { host, type, pin, path, stated: asked }) {
    if (asked === null && type === undefined && pin === undefined) refuseBroken(path, lines);
    const found = lines.flatMap((line, from) => {
      const known = parseKnownLine(line);
      if (known === null || !isAbout(known, host) || (type !== undefined && known.type !== type)) return [];
      return [{ from, line, print: fingerprint(known), hashed: isHashed(known) }];
    });
    const ours = pin === undefined ? found : found.filter(({ print }) => print === pin);
    return ours.map(({ from, print, hashed }): Standing<HostFacts> => {
      const facts = { fingerprint: print, hashed, lines: ours.map(({ line }) => line) };
      return { from, to: from + 1, facts };
    });
  },

  write({ hashed }, { host, key, lines }, standing) {
    if (lines !== undefined) return lines;
    if (key === undefined) throw new Error("a line is made of a key");
    const rest = standing.flatMap((line) => {
      const known = parseKnownLine(line);
      return known === null ? [] : (withoutName(known, host) ?? []);
    });
    return [...rest, `${hashed === true ? hashedName(host) : host} ${key.type} ${key.blob}`];
  },
};

/** As `ssh-keygen -R` refuses it: of a line that cannot be read nobody knows which host it is about. */
function refuseBroken(path: string, lines: readonly string[]): void {
  const broken = brokenLine(lines);
  if (broken === 0) return;
  throw new SlothError("E_KNOWN_HOSTS", `${path}:${broken} is no line of known_hosts, so the file is left alone`, {
    hint: "mend or remove that line",
  });
}

const hooks = entryHooks<Want, HostFacts>(form, keysFile("0644"));

/** Keeps the key by which a host is known. */
export const knownHost = defineResource<Asked, Want, HostFacts>({
  name: "ssh.known_host",
  kind: "known_host",
  version: 1,
  summary: "Keeps the key by which ssh knows a host.",
  example: `
      ssh.known_host({
          name = "git.example.org",
          key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIzlnSq5ESxLgW0avvPk3j7zLV59hcAPkxrMNdnZMKP2",
      })
    `,
  schema,

  async expand(props, _source, target) {
    const path = props.path ?? (props.user === undefined ? "/etc/ssh/ssh_known_hosts" : undefined);
    const account = props.user === undefined ? undefined : await accountOn(target, props.user);
    if (account === null)
      throw new SlothError("E_UNKNOWN_USER", `there is no user ${props.user}`, {
        hint: "create it before with user.create",
      });
    const all = { ...props, account, path: path ?? `${account?.home === "/" ? "" : account?.home}/.ssh/known_hosts` };
    const byType = new Map((props.key === undefined ? [] : keysIn(props.key)).map((key) => [key.type, key]));
    return byType.size === 0 ? [all] : [...byType.values()].map((one) => ({ ...all, one }));
  },

  identity({ path, name, port, one, fingerprint: pin }) {
    const host = knownName(name, port);
    return path === undefined
      ? host
      : `${path}: ${[host, one?.type ?? pin].filter((word) => word !== undefined).join(" ")}`;
  },

  want: wanted,
  ...hooks,

  async apply(want, diff, target, inputs) {
    const shown =
      diff.desired !== null && want.pin !== undefined && diff.action === "create"
        ? await scanned(want, want.pin, target)
        : {};
    await hooks.apply({ ...want, ...shown }, diff, target, inputs);
  },

  predict: predictMerged,
  locks: ({ path }) => [`file:${path}`],
  file: ({ path }) => path,
  undo: { ...hooks.undo, restate: restated },
});

function wanted({ path = "", account, name, port, one, fingerprint: pin, hash, state }: Asked): Want {
  return stated({
    path,
    uid: account?.uid,
    host: knownName(name, port),
    port,
    type: one?.type,
    key: one,
    pin,
    stated:
      state === "absent" ? null : plainFacts({ fingerprint: one === undefined ? pin : fingerprint(one), hashed: hash }),
  });
}

function restated(address: string, facts: HostFacts | null) {
  const [, path = "", host = "", more] = /^(.*): (\S+)(?: (\S+))?$/.exec(address) ?? [];
  const lines = facts?.lines;
  const known = facts === null ? null : plainFacts({ fingerprint: facts.fingerprint, hashed: facts.hashed });
  const only = more?.startsWith("SHA256:") ? { pin: more } : { type: more };
  return { want: stated({ path, host, port: 22, ...only, lines, stated: known }), stated: known ?? {} };
}

function faultIn(text: string, host: string): string | undefined {
  const lines = linesIn(text);
  if (lines.length === 0) return "'key' is empty";
  for (const line of lines) {
    const known = parseKnownLine(line);
    if (known === null && keyAlone(line) === null) return `'key' is '${line.slice(0, 40)}', which is no public key`;
    if (known !== null && !isAbout(known, host)) return `'key' is of ${known.names.slice(0, 60)}, not of ${host}`;
  }
  return undefined;
}

function keysIn(text: string): readonly PublicKey[] {
  return linesIn(text).flatMap((line) => {
    const { type, blob } = parseKnownLine(line) ?? keyAlone(line) ?? {};
    return type === undefined || blob === undefined ? [] : [{ type, blob }];
  });
}

/** A key without a name before it. */
function keyAlone(line: string): PublicKey | null {
  const key = parseKeyLine(line);
  return key?.options === "" ? key : null;
}

function linesIn(text: string): readonly string[] {
  return text.split(/\r?\n/).filter((line) => !/^\s*(#|$)/.test(line));
}

/** The key that the host shows and that is pinned; any other is refused. */
async function scanned({ host, port }: Want, pin: string, target: System): Promise<Partial<Want>> {
  const name = host.replace(/^\[(.*)\]:\d+$/, "$1");
  const argv: Argv = ["ssh-keyscan", "-T", "10", "-p", String(port), "--", name];
  const { stdout } = mustSucceed(argv, await target.query(argv, { env: { LC_ALL: "C" } }));
  const keys = keysIn(stdout);
  const key = keys.find((each) => fingerprint(each) === pin);
  if (key !== undefined) return { key, type: key.type };
  const shown = keys.map((each) => fingerprint(each)).join(", ");
  const hint = "find out on the host itself which key it has: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub";
  throw new SlothError("E_FINGERPRINT", `${host} has no key with ${pin}; it shows ${shown || "none"}`, { hint });
}
