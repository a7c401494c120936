import { SlothError } from "../../base/errors.ts";
import { isDigest, isKeyed, type Digest } from "../../base/digest.ts";
import type { Inputs } from "../resource.ts";
import { isObject, type Value } from "../../base/value.ts";

/** Contents kept in the record, by digest; null: there are none. */
export type KeptContents = (digest: string) => Uint8Array | null;

/** What acts take contents from, when there is no workflow to take them from. */
export function keptInputs(contents: KeptContents): Inputs {
  const read = (digest: Digest): Uint8Array => {
    const bytes = contents(digest);
    if (bytes !== null) return bytes;
    throw new SlothError("E_CONTENTS_GONE", `contents ${digest} are not kept`, { hint: "run the workflow" });
  };
  return {
    async *open(digest) {
      yield read(digest);
    },
    read: (digest) => Promise.resolve(read(digest)),
  };
}

/** Why a value cannot be put back from the record alone; undefined: it can. */
export function lacking(value: Value, contents: KeptContents): string | undefined {
  if (typeof value === "string") return lackingText(value, contents);
  const parts: readonly Value[] = Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];
  for (const part of parts) {
    const why = lacking(part, contents);
    if (why !== undefined) return why;
  }
  return undefined;
}

function lackingText(text: string, contents: KeptContents): string | undefined {
  if (!isDigest(text)) return undefined;
  if (isKeyed(text)) return "it is sensitive, so its value is not in the record";
  return contents(text) === null ? "its contents are not kept in the record" : undefined;
}
