import type { Facts } from "../../engine/resource.ts";
import { standingsBy, type EntryForm } from "../_files/entries.ts";

/** A line of fstab(5). */
export type FstabFacts = Facts & {
  readonly src?: string | undefined;
  readonly fstype?: string | undefined;
  readonly opts?: string | undefined;
  readonly dump?: number | undefined;
  readonly pass?: number | undefined;
};

interface Wanted {
  readonly path: string;
}

const pointsIn = standingsBy<FstabFacts>((line) => {
  const [src, point, fstype, opts = "defaults", dump = "0", pass = "0"] = line.trim().split(/[ \t]+/);
  if (src === undefined || src.startsWith("#") || fstype === undefined) return undefined;
  const facts = { src: unescaped(src), fstype, opts: unescaped(opts), dump: Number(dump), pass: Number(pass) };
  return { key: unescaped(point ?? ""), facts };
});

/** The line of a mount point; of several the first counts. */
export function fstabForm<W extends Wanted>(): EntryForm<W, FstabFacts> {
  return {
    find: (lines, { path }) => pointsIn(lines).get(path) ?? [],
    write: ({ src = "", fstype = "auto", opts = "defaults", dump = 0, pass = 0 }, { path }) => [
      [escaped(src), escaped(path), fstype, escaped(opts), dump, pass].join(" "),
    ],
  };
}

export type SwapLine = Facts & { readonly priority?: number | null | undefined };

/** The line of a place to swap to; other options of it stay. `path` ends with the place, behind a NUL. */
export function swapForm<W extends Wanted>(): EntryForm<W, SwapLine> {
  const placeOf = ({ path }: W): string => path.slice(path.indexOf("\0") + 1);
  return {
    find: (lines, want) =>
      lines.flatMap((line, from) => {
        const [src = "", , fstype, opts = ""] = line.trim().split(/[ \t]+/);
        if (src.startsWith("#") || fstype !== "swap" || unescaped(src) !== placeOf(want)) return [];
        const priority = /(?:^|,)pri=(\d+)/.exec(opts)?.[1];
        return [{ from, to: from + 1, facts: { priority: priority === undefined ? null : Number(priority) } }];
      }),
    write({ priority }, want, [standing = ""]) {
      const others = (standing.trim().split(/[ \t]+/)[3] ?? "sw").split(",").filter((one) => !one.startsWith("pri="));
      const options = [...others, ...(typeof priority === "number" ? [`pri=${priority}`] : [])].join(",");
      return [`${escaped(placeOf(want))} none swap ${options || "sw"} 0 0`];
    },
  };
}

/** As getmntent(3) reads it. */
export function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

function escaped(text: string): string {
  return text.replace(/[ \t\n\\#]/g, (sign) => `\\${sign.charCodeAt(0).toString(8).padStart(3, "0")}`);
}

/** Options are a set. */
export function sameOptions(a: string, b: string): boolean {
  const set = (text: string): string => [...new Set(text.split(","))].toSorted().join(",");
  return set(a) === set(b);
}
