import { authorities } from "../_kit/authorities.ts";
import { type FileFacts, factsAt } from "../../engine/call/path-facts.ts";
import { shownUrl } from "../_kit/shown-url.ts";
import { normalPath, nameIn } from "../../base/path.ts";
import type { Digest } from "../../base/digest.ts";
import { defineResource, type Inputs, type Source, type TargetLook } from "../../engine/resource.ts";
import {
  contents,
  dictionary,
  integer,
  object,
  optional,
  path,
  textLike,
  withDefault,
  type Props,
} from "../../engine/schema.ts";
import { Secret } from "../../base/value.ts";
import type { Argv, Place, System } from "../../system/system.ts";
import { seal, sealAll, unseal, unsealAll, type Sealed } from "../_kit/sealed.ts";
import { ownershipFields, validateArgv, validateMistake, writeFields } from "../_files/fields.ts";
import {
  attributesOf,
  desiredOwnership,
  isChanged,
  refuseOtherType,
  requireParent,
  setOwnership,
  stated,
  type Ownership,
  undoMade,
} from "../_files/file.ts";

const schema = object(
  {
    url: contents("An http or https URL; may be a secret."),
    dest: path(
      "Absolute path; with a trailing slash, or when it is a directory, the file goes into it under the URL's last name.",
    ),
    sha256: optional(
      textLike(
        "SHA-256 of the contents; without it a file that is there is left alone.",
        /^(sha256:)?[0-9a-fA-F]{64}$/,
        "64 hexadecimal digits",
      ),
    ),
    headers: optional(dictionary("Headers of the request; may be secrets.", contents(""))),
    retries: withDefault(integer("Further attempts after a lost connection, 408, 429 and 5xx.", 0, 100), 3),
    ...ownershipFields,
    ...writeFields,
  },
  ({ url, dest, validate }) => {
    if (typeof url === "string" && !/^https?:\/\/[^/]/i.test(url)) return "'url' must be an http or https URL";
    if (!dest.startsWith("/")) return "'dest' must be an absolute path";
    return validateMistake(validate);
  },
);

type Download = Props<typeof schema>;
type Want = Ownership & {
  readonly path: string;
  readonly url: Sealed;
  /** The URL for messages. */
  readonly shown: string;
  readonly headers: { readonly [name: string]: Sealed };
  readonly sha256?: Digest;
  /** Digests are keyed: what is there cannot be compared with `sha256`. */
  readonly sensitive?: true;
  readonly retries: number;
  readonly backup?: true;
  readonly validate?: Argv;
};

/** Keeps a file that is downloaded, by the host itself. Checked before it takes its name. */
export const download = defineResource<Download, Want, FileFacts>({
  name: "file_ops.download",
  kind: "file",
  version: 1,
  exclusive: ["content"],
  summary: "Downloads a file, on the host, where it is missing or not the right one.",
  example: `
    file_ops.download{
        url = "http://localhost:8080/release.json",
        dest = "/srv/release.json",
        sha256 = "a29ee2b15c494311c52521766e44af56a3ad2248e7a8ab465e5206463c13d288",
        mode = "0644",
    }
  `,
  schema,
  expand: async (props, _source, target) => [{ ...props, dest: await placeFor(props, target) }],
  identity: (props) => props.dest,
  want: wanted,

  async read(want, target) {
    using found = target.look(want.path, { follow: true });
    const facts = factsAt(target, found);
    if (facts?.type !== "file" || !isCompared(want)) return facts;
    return { ...facts, content: await found.digest() };
  },

  desired(want, actual, target) {
    refuseOtherType(want.path, "file", actual);
    const ownership = desiredOwnership(want, actual, target, { path: want.path, type: "file" });
    return { type: "file", content: isCompared(want) ? want.sha256 : undefined, ...ownership };
  },

  async apply(want, diff, target, inputs) {
    const isMade = isChanged(diff, "type", "content");
    if (isMade) requireParent(target, want.path);
    using place = target.place(want.path, { follow: true });
    if (!isMade) return setOwnership(place, diff, target);
    await fetchTo(place, want, attributesOf(diff.desired), target, inputs);
  },

  file: (want) => want.path,
  undo: undoMade,
});

async function placeFor({ url, dest }: Download, target: TargetLook): Promise<string> {
  const inside = dest.endsWith("/") || (await target.isDirectory(dest));
  if (!inside) return normalPath(dest);
  const whole = url instanceof Secret ? Buffer.from(url.reveal()).toString("utf8") : String(url);
  const name = URL.canParse(whole) ? decodeURIComponent(nameIn(new URL(whole).pathname)) : "";
  return normalPath(`${dest}/${name.replaceAll("/", "_") || "index.html"}`);
}

function wanted(props: Download, source: Source): Want {
  const { url, dest, headers, sha256, mode, owner, group, retries } = props;
  const digest: Digest | undefined =
    sha256 === undefined ? undefined : `sha256:${sha256.replace(/^sha256:/, "").toLowerCase()}`;
  return stated({
    path: dest,
    url: seal(url, source),
    shown: shownUrl(url),
    headers: sealAll({ "user-agent": "sloth-runner", ...headers }, source),
    sha256: digest,
    sensitive: source.sensitive ? true : undefined,
    retries,
    mode,
    owner,
    group,
    backup: props.backup ? true : undefined,
    validate: validateArgv(props.validate),
  });
}

function isCompared(want: Want): boolean {
  return want.sha256 !== undefined && want.sensitive === undefined;
}

async function fetchTo(
  place: Place,
  want: Want,
  attributes: ReturnType<typeof attributesOf>,
  target: System,
  inputs: Inputs,
): Promise<void> {
  const { fetchWithRetries } = await import("../_kit/download.ts");
  const { backup, validate, sha256 } = want;
  const request = {
    url: await unseal(want.url, inputs),
    shown: want.shown,
    headers: await unsealAll(want.headers, inputs),
    sha256,
    silenceMs: 30_000,
    retries: want.retries,
    authorities: authorities(target),
  };
  const write = (body: AsyncIterable<Uint8Array>): Promise<void> =>
    place.writeFile(body, { ...attributes, backup, validate });
  await fetchWithRetries(request, target.signal, write);
}
