import { digestOf } from "../../../base/digest.ts";
import { SlothError } from "../../../base/errors.ts";
import type { Source } from "../../../engine/resource.ts";
import { object, oneOrMany, openText, optional, path, textLike, type Props } from "../../../engine/schema.ts";
import type { ReadSystem } from "../../../system/system.ts";
import { bytesOf } from "../../_kit/bytes.ts";
import { sourcePath } from "../../_files/fields.ts";
import { stated } from "../../_files/file.ts";
import { parseKeyring, type Keyring } from "./openpgp.ts";

const FINGERPRINT = /^(?:[0-9A-F]{40}|[0-9A-F]{64})$/;
const LARGEST = 1 << 20;

export const keyField = object(
  {
    url: optional(textLike("An http or https URL, which the host asks.", /^https?:\/\/[^\s/]\S*$/i, "a URL")),
    file: optional(path("A file on this machine, relative to the workflow file.")),
    content: optional(openText("The key itself, armoured or not.", "and a public key is none")),
    fingerprint: optional(
      oneOrMany(
        "Fingerprint of the key, 40 or 64 hexadecimal digits; of several keys every one.",
        textLike("", (text) => FINGERPRINT.test(bare(text)), "a fingerprint of 40 or 64 hexadecimal digits"),
      ),
    ),
  },
  ({ url, file, content, fingerprint }) => {
    if ([url, file, content].filter((one) => one !== undefined).length !== 1)
      return "takes one of 'url', 'file' and 'content'";
    return url !== undefined && !/^https:/i.test(url) && fingerprint === undefined
      ? "needs 'fingerprint', as what comes over http may be anybody's"
      : undefined;
  },
);

export type KeyProps = Props<typeof keyField>;

/** A key as it is recorded and sent: whole, since it is small and no secret; or where the host finds it. */
export type KeyWant =
  | { readonly base64: string; readonly fingerprints: readonly string[]; readonly digest: string }
  | { readonly url: string; readonly fingerprints?: readonly string[] };

export function keyWant(given: KeyProps, source: Source): KeyWant {
  const fingerprints = given.fingerprint?.map(bare).toSorted();
  if (given.url !== undefined) return stated({ url: given.url, fingerprints });
  const bytes =
    given.file === undefined ? bytesOf(given.content ?? "") : source.readFile(sourcePath(source, given.file));
  const keyring = parseKeyring(bytes);
  refuseOther(keyring, fingerprints);
  const base64 = Buffer.from(bytes).toString("base64");
  return { base64, fingerprints: keyring.fingerprints, digest: digestOf(keyring.packets) };
}

/** Refuses keys that are not those that were named: none more, none less. */
function refuseOther({ fingerprints: found }: Keyring, named: readonly string[] | undefined): void {
  if (named === undefined || named.join(" ") === found.join(" ")) return;
  throw new SlothError("E_KEY", `the key has the fingerprint ${found.join(" and ")}, not ${named.join(" and ")}`, {
    hint: "nothing was changed; ask whoever signs the repository which it is",
  });
}

/** The key that a URL has, asked once a run; checked. */
export function fetchedKey(url: string, named: readonly string[] | undefined, target: ReadSystem): Promise<Uint8Array> {
  return target.cached(`pkg.key ${url}`, async () => {
    const { fetchWhole } = await import("../../_kit/fetch-whole.ts");
    const bytes = await fetchWhole(url, LARGEST, target);
    refuseOther(parseKeyring(bytes), named);
    return bytes;
  });
}

function bare(fingerprint: string): string {
  return fingerprint.replace(/^0x|[\s:]/gi, "").toUpperCase();
}
