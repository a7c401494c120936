import type { Address } from "../../base/address.ts";
import { PATH_KIND } from "../call/path-facts.ts";
import type { ResourceRow } from "../record/record.ts";
import type { UndoOptions } from "./put-back.ts";
import { fileOf } from "./makers.ts";
import type { Places } from "./places.ts";

/** A row of another stack of this database. */
export interface OtherRow {
  readonly stack: string;
  readonly row: ResourceRow;
}

export interface KeepersOptions extends UndoOptions {
  /** Other stacks that keep the very address. */
  readonly alsoIn: (address: Address) => readonly string[];
  /** All that other stacks keep. */
  readonly others: () => Iterable<OtherRow>;
}

interface Kept {
  readonly whole: Set<string>;
  readonly parts: Set<string>;
}

/**
 * Who else keeps something: by its address, and of what has a path by where that really is, whatever links lead to it, as a whole or by
 * what is in it.
 */
export class Keepers {
  private readonly options: KeepersOptions;
  private readonly places: Places;
  private byPlace: Map<string, Kept> | undefined;

  constructor(options: KeepersOptions, places: Places) {
    this.options = options;
    this.places = places;
  }

  async of(row: ResourceRow): Promise<readonly string[]> {
    const named = this.options.alsoIn(row);
    const key = await this.placeOf(row);
    if (named.length > 0 || key === undefined) return named;
    this.byPlace ??= await this.readOthers();
    const kept = this.byPlace.get(key);
    if (kept === undefined) return [];
    return [...(row.kind === PATH_KIND ? kept.whole.union(kept.parts) : kept.whole)].toSorted();
  }

  private async readOthers(): Promise<Map<string, Kept>> {
    const found = new Map<string, Kept>();
    for (const { stack, row } of this.options.others()) {
      const key = row.origin === "module" && row.state !== "removed" ? await this.placeOf(row) : undefined;
      if (key === undefined) continue;
      const kept = found.get(key) ?? { whole: new Set(), parts: new Set() };
      found.set(key, kept);
      (row.kind === PATH_KIND ? kept.whole : kept.parts).add(stack);
    }
    return found;
  }

  private async placeOf(row: ResourceRow): Promise<string | undefined> {
    const path = row.kind === PATH_KIND ? row.name : fileOf(row, this.options.looking.types);
    // Another host is not connected to for the rows of others: there a path is taken as it is written.
    if (path === undefined) return undefined;
    return `${row.host}\0${row.host === "local" ? await this.places.locate(row.host, path) : path}`;
  }
}
