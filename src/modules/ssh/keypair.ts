import { toBytes } from "../../base/byte-text.ts";
import type { Digest } from "../../base/digest.ts";
import { SlothError } from "../../base/errors.ts";
import { Secret } from "../../base/value.ts";
import { defineResource, predictMerged, type Facts, type Source } from "../../engine/resource.ts";
import {
  absolutePath,
  account,
  contents,
  flag,
  integer,
  object,
  oneOf,
  optional,
  textLike,
  withDefault,
  type Props,
} from "../../engine/schema.ts";
import type { ReadSystem, System } from "../../system/system.ts";
import { isChanged, missing, stated } from "../_files/file.ts";
import { octal } from "../../engine/call/path-facts.ts";
import { revealText } from "../_files/text.ts";
import { changeComment, makeKey, publicLine, writePublic } from "./_make-key.ts";
import { parsePrivateKey } from "./_private-key.ts";

const schema = object(
  {
    path: absolutePath("The private key; the public one is beside it, with `.pub` behind its name."),
    type: withDefault(oneOf("Its type.", "ed25519", "rsa", "ecdsa"), "ed25519"),
    bits: optional(
      integer("Its length, of rsa (from 2048 on) or ecdsa (256, 384, 521); ssh-keygen's own when absent.", 256, 16_384),
    ),
    comment: optional(textLike("Stands behind the public key.", /^[^\r\n\0]*$/, "one line")),
    passphrase: optional(
      contents("With which a new key is encrypted, and one that is there is opened to change its comment."),
    ),
    owner: optional(account("Whose both files are. For new ones: ours.")),
    force: withDefault(flag("Where a key of another type or length is, it is given up for a new one."), false),
    state: withDefault(oneOf("Whether the key is there.", "present", "absent"), "present"),
  },
  ({ type, bits, passphrase }) => {
    if (passphrase !== undefined) {
      const text = revealText(passphrase);
      if (text.length < 5 || /[\r\n\0]/.test(text)) return "'passphrase' must be one line of five characters or more";
    }
    if (bits === undefined) return undefined;
    if (type === "ed25519" && bits !== 256) return "'bits' is fixed at 256 for ed25519";
    if (type === "ecdsa" && ![256, 384, 521].includes(bits))
      return `'bits' is ${bits}, expected 256, 384 or 521 for ecdsa`;
    return type === "rsa" && bits < 2048 ? `'bits' is ${bits}, expected 2048 or more for rsa` : undefined;
  },
);

type Asked = Props<typeof schema>;

type PairFacts = Facts & {
  readonly type?: string | undefined;
  readonly bits?: number | undefined;
  readonly comment?: string | undefined;
  readonly encrypted?: boolean | undefined;
  readonly owner?: string | undefined;
  readonly mode?: string | undefined;
  /** Whether the public key is there, and belongs to the private one. */
  readonly public_key?: string | undefined;
};

type Want = {
  readonly path: string;
  readonly force: boolean;
  /** A key that is gone is made anew; not by undo, whose key would be another one. */
  readonly makes: boolean;
  readonly passphrase?: Digest;
  readonly stated: PlainFacts | null;
};

/** Without what is not stated: plain data for the record. */
type PlainFacts = { readonly [property: string]: string | number | boolean };

/** Keeps a pair of keys, made on the host: the private one never leaves it, and is in no record. */
export const keypair = defineResource<Asked, Want, PairFacts>({
  name: "ssh.keypair",
  kind: "ssh_keypair",
  version: 1,
  summary: "Keeps a pair of ssh keys, made on the host.",
  example: 'ssh.keypair({ path = "/root/.ssh/id_deploy", comment = "deploy@web" })',
  schema,
  identity: ({ path }) => path,
  want: wanted,
  read: ({ path }, target) => factsOf(path, target),

  desired(want, actual, target) {
    const { stated: asked } = want;
    if (asked === null) return null;
    if (actual === null && target.which("ssh-keygen") === null)
      throw missing(target, "there is no ssh-keygen on this machine", "install the package openssh-client");
    if (actual !== null) refuseOther(want, actual);
    const owner = asked["owner"] === undefined ? undefined : ownerName(`${asked["owner"]}`, target);
    return { ...asked, ...(owner !== undefined && { owner }) };
  },

  async apply(want, diff, target, inputs) {
    if (diff.desired === null) return remove(want.path, target);
    if (diff.actual === null || isChanged(diff, "type", "bits", "encrypted")) {
      refuseAnew(want);
      await makeKey(want, diff.desired, target, inputs);
    } else {
      if (isChanged(diff, "comment")) await changeComment(want, String(diff.desired.comment), target, inputs);
      if (isChanged(diff, "public_key", "comment")) await writePublic(want.path, diff.desired.comment, target);
    }
    own(want.path, diff.desired.owner, target);
  },

  predict: predictMerged,
  locks: ({ path }) => [`file:${path}`, `file:${path}.pub`],
  undo: {
    remove: ({ path }, _actual, target) => Promise.resolve(remove(path, target)),
    restate(path, facts) {
      const { comment, mode, public_key } = facts ?? {};
      const known = facts === null ? null : stated({ comment, mode, public_key });
      return { want: { path, force: false, makes: false, stated: known }, stated: known ?? {} };
    },
  },
});

function wanted(props: Asked, source: Source): Want {
  const { path, type, bits, comment, passphrase, owner, force, state } = props;
  const facts = {
    type,
    bits,
    comment,
    encrypted: passphrase === undefined ? undefined : true,
    owner,
    mode: "0600",
    public_key: PRESENT,
  };
  const secret =
    passphrase === undefined ? undefined : source.hold(new Secret(toBytes(revealText(passphrase)), "passphrase"));
  const asked = state === "absent" ? null : stated(facts);
  return stated({ path, force, makes: true, passphrase: secret, stated: asked });
}

const PRESENT = "of this key";

function factsOf(path: string, target: ReadSystem): PairFacts | null {
  using file = target.look(path, { follow: true });
  if (file.stat === null) return null;
  if (file.stat.type !== "file") throw new SlothError("E_FILE_TYPE", `${path} is a ${file.stat.type}, not a file`);
  const { public: key, bits, encrypted } = parsePrivateKey(path, file.readFile());
  const line = publicLine(path, target);
  const said = line === null ? "missing" : line.blob === key.blob ? PRESENT : "of another key";
  return {
    type: key.type.replace(/^ssh-/, "").replace(/^ecdsa-.*$/, "ecdsa"),
    bits,
    comment: line?.comment ?? "",
    encrypted,
    owner: target.userName(file.stat.uid),
    mode: octal(file.stat.mode),
    public_key: said,
  };
}

/** A key that is there may be the only way into somewhere: it is given up only when that is said. */
function refuseOther({ path, force, stated: asked }: Want, actual: PairFacts): void {
  if (force || asked === null) return;
  const other = (["type", "bits", "encrypted"] as const).find(
    (name) => asked[name] !== undefined && asked[name] !== actual[name],
  );
  if (other === undefined) return;
  const what = other === "encrypted" ? "has no passphrase" : `has ${other} ${actual[other]}, not ${asked[other]}`;
  throw new SlothError("E_KEY", `the key ${path} ${what}`, { hint: "force = true gives it up for a new one" });
}

function ownerName(owner: string, target: ReadSystem): string {
  const uid = /^\d+$/.test(owner) ? Number(owner) : target.userId(owner);
  if (uid === null)
    throw missing(target, `there is no user ${owner}`, "create it before with user.create", {
      kind: "user",
      name: owner,
    });
  return target.userName(uid);
}

function refuseAnew({ path, makes }: Want): void {
  if (!makes) throw new SlothError("E_KEY", `the private key ${path} is in no record, so it cannot be put back`);
}

function own(path: string, owner: string | undefined, target: System): void {
  for (const [name, mode] of [
    ["", 0o600],
    [".pub", undefined],
  ] as const) {
    using place = target.place(`${path}${name}`, { follow: true });
    if (place.stat === null) continue;
    if (owner !== undefined && target.userName(place.stat.uid) !== owner) place.chown(owner, undefined);
    if (mode !== undefined && place.stat.mode !== mode) place.chmod(mode);
  }
}

function remove(path: string, target: System): void {
  for (const name of [path, `${path}.pub`]) {
    using place = target.place(name);
    if (place.stat !== null) place.unlink();
  }
}
