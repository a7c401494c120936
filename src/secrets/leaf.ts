import { SlothError } from "../base/errors.ts";
import { encryptTo, headerOf, type Header } from "./age.ts";
import type { Text } from "./document.ts";
import type { Keyring } from "./keyring.ts";
import { pathText, type Step } from "./leaf-text.ts";
import type { Reader } from "./reader.ts";

const PREFIX = "age:";

/** A value as it stands in a file: for those readers, and for no other place than that one. */
export async function sealLeaf(path: readonly Step[], value: Uint8Array, readers: readonly Reader[]): Promise<string> {
  const bound = Buffer.concat([Buffer.from(`${boundTo(path)}\n`), value]);
  return PREFIX + Buffer.from(await encryptTo(readers, bound)).toString("base64");
}

/** Throws E_IDENTITY, E_SECRET_DAMAGED or E_SECRET_MOVED; messages begin with the place. */
export async function openLeaf(path: readonly Step[], leaf: string, keys: Keyring): Promise<Uint8Array> {
  return await placed(path, async () => {
    const bound = Buffer.from(await keys.open(fileIn(leaf)));
    const end = bound.indexOf(0x0a);
    const place = bound.toString("utf8", 0, Math.max(0, end));
    if (place !== boundTo(path)) throw moved(place);
    return new Uint8Array(bound.subarray(end + 1));
  });
}

/** Whom a leaf says it is for. */
export async function leafHeader({ path, text }: Text): Promise<Header> {
  return await placed(path, () => headerOf(fileIn(text)));
}

async function placed<T>(path: readonly Step[], work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof SlothError)) throw cause;
    throw new SlothError(cause.code, `${pathText(path)} ${verb(cause)}`, { hint: cause.hint, cause });
  }
}

function fileIn(leaf: string): Uint8Array {
  const encoded = leaf.slice(PREFIX.length);
  const file = Buffer.from(encoded, "base64");
  // A character that is none of base64 would be passed over.
  if (file.toString("base64").replace(/=+$/, "") !== encoded.replace(/=+$/, ""))
    throw new SlothError("E_SECRET_DAMAGED", "is damaged: it was cut or changed", {
      hint: "take it from an earlier commit, or set it again",
    });
  return new Uint8Array(file);
}

/** Places in a list have no number: what is added before them, or merged, moves them. */
function boundTo(path: readonly Step[]): string {
  return JSON.stringify(path.map((step) => (typeof step === "number" ? [] : step)));
}

function moved(place: string): SlothError {
  return new SlothError("E_SECRET_MOVED", `belongs to ${shownPlace(place)}`, {
    hint: "put it back there, or set it here anew with sloth-runner secret set",
  });
}

function shownPlace(place: string): string {
  try {
    const steps: unknown = JSON.parse(place);
    if (!Array.isArray(steps)) return "no key: it was not made by secret set";
    return steps
      .map((step, at) => (typeof step === "string" ? `${at === 0 ? "" : "."}${step.replaceAll(".", "\\.")}` : "[]"))
      .join("");
  } catch {
    return "no key: it was not made by secret set";
  }
}

function verb({ code, message }: SlothError): string {
  return code === "E_IDENTITY" ? `cannot be opened: ${message}` : message;
}
