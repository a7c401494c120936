import type { System } from "../../system/system.ts";
import { readText, writeText } from "./edit.ts";
import type { TextStore } from "./entries.ts";

interface FileWant {
  readonly path: string;
}

/** Texts that are a file, through links. One that is made is for all to read; `emptyGoes`: one without a line left is removed. */
export function entryFile<W extends FileWant>({ mode = "0644", emptyGoes = false } = {}): TextStore<W> {
  return {
    read: ({ path }, target) => readText({ path }, target),
    async write({ path }, before, after, target) {
      if (after === "" && emptyGoes) return remove(path, target);
      const diff = { action: "update", changes: [], actual: null, desired: before === null ? { mode } : null } as const;
      await writeText({ path, create: true }, before, after, diff, target);
    },
  };
}

function remove(path: string, target: System): void {
  using place = target.place(path, { follow: true });
  place.unlink();
}

/** What types with an entry in a file share: the file is what is not worked on twice at once, and what `--diff` shows. */
export const inFile = {
  version: 1,
  locks: ({ path }: FileWant): readonly string[] => [`file:${path}`],
  file: ({ path }: FileWant): string => path,
} as const;
