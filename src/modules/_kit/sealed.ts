import type { Digest } from "../../base/digest.ts";
import type { Inputs, Source } from "../../engine/resource.ts";
import type { Contents } from "../../engine/schema.ts";

/** A short text in a want: as it is, or as a digest when it is secret or the call is sensitive. */
export type Sealed = { readonly text: string } | { readonly held: Digest };

export function seal(contents: Contents, source: Source): Sealed {
  const plain = typeof contents === "string" && !source.sensitive;
  return plain ? { text: contents } : { held: source.hold(contents) };
}

export function sealAll(
  items: { readonly [name: string]: Contents } | undefined,
  source: Source,
): { readonly [name: string]: Sealed } {
  return Object.fromEntries(Object.entries(items ?? {}).map(([name, item]) => [name, seal(item, source)]));
}

export async function unseal(sealed: Sealed, inputs: Inputs): Promise<string> {
  if ("text" in sealed) return sealed.text;
  return Buffer.from(await inputs.read(sealed.held)).toString("utf8");
}

export async function unsealAll(
  items: { readonly [name: string]: Sealed },
  inputs: Inputs,
): Promise<Record<string, string>> {
  const opened = Object.entries(items).map(async ([name, item]) => [name, await unseal(item, inputs)] as const);
  return Object.fromEntries(await Promise.all(opened));
}
