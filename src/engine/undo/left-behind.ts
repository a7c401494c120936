import { addressText } from "../../base/address.ts";
import { PATH_KIND } from "../call/path-facts.ts";
import type { ResourceRow } from "../record/record.ts";
import type { DestroyOptions } from "./destroy.ts";
import type { Leftover } from "./leftovers.ts";
import { fileOf } from "./makers.ts";
import type { Places } from "./places.ts";
import { addAbove } from "./staying-directories.ts";

/** What calls touched on their way of which nothing is declared any more, and in which nothing is that stays. */
export async function leftBehind(
  leftovers: readonly Leftover[],
  stays: readonly ResourceRow[],
  { options, places }: { readonly options: DestroyOptions; readonly places: Places },
): Promise<readonly Leftover[]> {
  const staying = new Set(stays.map((row) => addressText(row)));
  const inUse = new Set<string>();
  for (const row of stays) {
    const path = row.kind === PATH_KIND ? row.name : fileOf(row, options.looking.types);
    if (path === undefined) continue;
    const place = row.host === "local" ? await places.locate(row.host, path) : path;
    for (const name of [path, place]) addAbove(inUse, { host: row.host, name });
  }
  return leftovers.filter(({ address, by }) => {
    const isTheirs = by.size > 0 && ![...by].some((one) => staying.has(one));
    return isTheirs && !inUse.has(`${address.host}\0${address.name}`);
  });
}
