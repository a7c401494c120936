import type { ReadSystem } from "../system/system.ts";
import type { HeldContents } from "./contents.ts";
import type { Digest } from "./digest.ts";
import type { Contents } from "./schema.ts";
import type { Source } from "./resource.ts";
import { Secret } from "./value.ts";

export interface SourceOptions {
  readonly workflowDirectory: string;
  readonly sensitive: boolean;
  readonly locate?: Source["locate"] | undefined;
}

/** A Source over the machine we are on, and the digests that were held through it. */
export function openSource(
  system: ReadSystem,
  contents: HeldContents,
  options: SourceOptions,
): { readonly source: Source; readonly held: Digest[] } {
  const held: Digest[] = [];
  const keep = (digest: Digest): Digest => {
    held.push(digest);
    return digest;
  };
  const own = {
    workflowDirectory: options.workflowDirectory,
    locate: options.locate ?? ((path: string) => path),
    sensitive: options.sensitive,
    hold(value: Contents): Digest {
      const keyed = options.sensitive || value instanceof Secret;
      return keep(contents.holdBytes(bytesOf(value), keyed));
    },
    holdFile(path: string): Digest | Promise<Digest> {
      const digest = system.digest(path, options.sensitive ? "keyed:" : undefined);
      const hold = (known: Digest): Digest => {
        contents.holdFile(known, path);
        return keep(known);
      };
      return typeof digest === "string" ? hold(digest) : digest.then(hold);
    },
  };
  // The system's own methods stay its own: only what a Source adds lies over it.
  const source: Source = Object.assign(Object.create(system) as ReadSystem, own);
  return { source, held };
}

function bytesOf(value: Contents): Uint8Array {
  if (value instanceof Secret) return value.reveal();
  return typeof value === "string" ? new TextEncoder().encode(value) : value;
}
