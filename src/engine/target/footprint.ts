import { SlothError } from "../../base/errors.ts";
import { digestOf } from "../../base/digest.ts";
import { joined, nameIn, parentOf } from "../../base/path.ts";
import type { Look, ReadSystem, Touch } from "../../system/system.ts";
import { factsAt, PATH_KIND, type FileFacts } from "../call/path-facts.ts";
import { LARGEST_KEPT, type Kept } from "../record/record.ts";
import type { AnyResource } from "../resource.ts";
import type { Item, Trace, TraceListener } from "./target.ts";

/** A type that keeps paths or parts of files, or tells which of those it touches are its own. */
export function leavesTraces(type: AnyResource): boolean {
  return (
    type.kind === PATH_KIND || type.file !== undefined || type.undo?.own !== undefined || type.undo?.below !== undefined
  );
}

/**
 * What a change does to paths beside the one it is about: directories made on the way, what a link leads to, what lies below. Each is
 * told before it is touched for the first time, and at the end as it is then.
 */
export class Footprint {
  private readonly system: ReadSystem;
  private readonly listener: TraceListener;
  private readonly keeps: boolean;
  private readonly own: ReadonlySet<string>;
  private readonly seen = new Map<string, Pick<Trace, "name" | "keeps" | "named" | "before" | "beforeContents">>();

  constructor(
    system: ReadSystem,
    listener: TraceListener,
    { type, items, keeps }: { readonly type: AnyResource; readonly items: readonly Item[]; readonly keeps: boolean },
  ) {
    this.system = system;
    this.listener = listener;
    this.keeps = keeps;
    const paths = type.kind === PATH_KIND ? items.map(({ name }) => name) : [];
    const kept = items
      .flatMap(({ want }) => type.undo?.own?.(want) ?? [])
      .flatMap((path) => [path, placeOf(path, system)]);
    this.own = new Set([...paths.filter((name) => placeOf(name, system) === name), ...kept]);
  }

  touching(place: Look, how: Touch): void {
    const { path: name } = place;
    if (this.seen.has(name) || this.own.has(name)) return;
    const keeps = how !== "whole";
    const before = keeps ? identifiedAt(this.system, place) : factsAt(this.system, place);
    const named = how === "name" ? (true as const) : undefined;
    const trace = { name, keeps, named, before, beforeContents: this.keeps ? keptAt(place) : undefined };
    this.seen.set(name, trace);
    this.listener.touching(trace);
  }

  /** Tells how each is now, the last one first: what was made on the way lies above what was made there. */
  end(): void {
    for (const trace of this.seen.values()) {
      using place = this.system.look(trace.name);
      const after = factsAt(this.system, place);
      this.listener.touched({ ...trace, after, afterContents: this.keeps ? keptAt(place) : undefined });
    }
  }
}

/** Where a name really is, or would be: links above it are followed, itself it is not. */
export function placeOf(path: string, system: ReadSystem): string {
  if (path === "/") return path;
  const above = parentOf(path);
  return joined(system.realPath(above) ?? placeOf(above, system), nameIn(path));
}

/** Which one it is, where somebody else could exchange it: undo gives no other one back. */
function identifiedAt(system: ReadSystem, place: Look): FileFacts | null {
  const facts = factsAt(system, place);
  if (facts === null || place.stat === null || !place.isExposed()) return facts;
  return { ...facts, inode: `${place.stat.dev}:${place.stat.ino}` };
}

/**
 * Contents of the file a resource is about; none when there is none, it is large, or cannot be read: also when a link leads to it that others
 * could have put there, as what is kept may be put back to where they can read it.
 */
export function keptFrom(path: string, system: ReadSystem, follow: boolean): Kept | undefined {
  try {
    using file = system.look(path, { follow });
    return keptAt(file);
  } catch (thrown) {
    if (thrown instanceof SlothError) return undefined;
    throw thrown;
  }
}

function keptAt(file: Look): Kept | undefined {
  if (file.stat?.type !== "file" || file.stat.size > LARGEST_KEPT) return undefined;
  try {
    const bytes = file.readFile();
    return { digest: digestOf(bytes), bytes };
  } catch (thrown) {
    if (thrown instanceof SlothError) return undefined;
    throw thrown;
  }
}
