import { openExport, sealExport, type WithKey } from "../../secrets/sealed-export.ts";
import type { Stack, Store } from "../../store/contract.ts";
import type { Around } from "../around.ts";
import { named } from "./show.ts";
import { openWorkplace, readershipAt } from "./workplace.ts";

interface Exported {
  readonly stack: Stack;
  readonly store: Store;
  readonly contents: boolean;
}

/** A stack's export with the key of its keyed digests, for those who may read where we stand. */
export async function exportSealed(
  { stack, store, contents }: Exported,
  around: Pick<Around, "askHidden">,
): Promise<string> {
  const { readers } = readershipAt(".", openWorkplace([], around).system);
  const pieces: string[] = [];
  await stack.export({ contents }, (piece) => void pieces.push(piece));
  return await sealExport({ text: pieces.join(""), key: await store.key() }, readers);
}

export async function openSealed(
  bytes: Uint8Array,
  from: string,
  identities: readonly string[],
  around: Pick<Around, "askHidden">,
): Promise<WithKey> {
  return await named(from, () => openExport(bytes, from, openWorkplace(identities, around).keys));
}
