import { isDigest, type Digest } from "../../base/digest.ts";
import type { ResourceRow } from "../record/record.ts";
import type { AnyResource } from "../resource.ts";
import { wantOf } from "./find-drift.ts";

type Types = ReadonlyMap<string, AnyResource>;

/** The one type of a kind that puts facts back. */
export function makerOf(kind: string, types: Types): AnyResource | undefined {
  return [...types.values()].find((type) => type.kind === kind && type.undo?.restate !== undefined);
}

/** The one that makes whole files, for what is a part of one. */
export function fileMaker(types: Types): AnyResource | undefined {
  return [...types.values()].find((type) => type.undo?.contentOf !== undefined);
}

/** A kind whose things hold contents: files as a whole, not what is in them. */
export function holdsContents(kind: string, types: Types): boolean {
  return fileMaker(types)?.kind === kind;
}

/** As it is recorded; anything else there is none. */
export function asDigest(recorded: string | null): Digest | undefined {
  return recorded !== null && isDigest(recorded) ? recorded : undefined;
}

/** The file a row is, or is a part of, as its last declaration names it. */
export function fileOf(row: ResourceRow, types: Types): string | undefined {
  const declaration = row.declarations.at(-1);
  const type = types.get(declaration?.type ?? "");
  return declaration === undefined || type === undefined ? undefined : type.file?.(wantOf(type, declaration));
}
