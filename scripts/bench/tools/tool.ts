/** What there can be many of. */
export const kinds = [
  "directories",
  "packages",
  "groups",
  "users",
  "copies",
  "templates",
  "lines",
  "line files",
  "links",
  "units",
] as const;
type Kind = (typeof kinds)[number];

/** How many of each; they are numbered from 1, and each tool is to make the same of a number (see below). */
export type Counts = { readonly [kind in Kind]?: number };

/**
 * What the numbers mean, below one directory:
 *   directories  dest/dI, 0755                            links       dest/kI -> source/f1.conf
 *   copies       source/fI.conf to dest/fI.conf, 0644     units       bench-I.service, there already: started and enabled
 *   templates    source/t.* to dest/tI.conf, number = I   packages    bench-I, in one list where the tool takes one
 *   lines        "option_I = yes" in dest/one.conf        users       benchI, /bin/sh, a home below /home
 *   line files   "option = yes" in dest/lI.conf           groups      benchgI
 */
export type Say = (count: number, directory: string) => string;

export interface Script {
  readonly name: string;
  readonly text: string;
  /** 0644 when not given. */
  readonly mode?: number;
}

/** A tool that keeps machines as they should be. */
export interface Tool {
  readonly name: string;
  readonly program: string;
  readonly install: string;
  readonly version: readonly string[];
  /** Its program is all of it, and can be put on a host. */
  readonly isOneFile?: true;
  /** What it cannot say it is not asked for. */
  readonly says: { readonly [kind in Kind]?: Say };
  script(parts: readonly string[]): Script;
  argv(program: string, script: string, directory: string): readonly [string, ...string[]];
  /** Seconds for one, roughly, in the run that takes longer: what would take too long in all is left out. */
  readonly seconds: number | { readonly [kind in Kind]?: number };
  /** More it is not asked for, because its time grows faster than their number. */
  readonly most?: number;
}

/** Its script for that much work; undefined when it cannot do some of it. */
export function scriptFor(tool: Tool, counts: Counts, directory: string): Script | undefined {
  const wanted = kinds.filter((kind) => (counts[kind] ?? 0) > 0);
  const parts = wanted.map((kind) => tool.says[kind]?.(counts[kind] ?? 0, directory));
  const known = parts.filter((part) => part !== undefined);
  return known.length === parts.length ? tool.script(known) : undefined;
}

/** What a run of it would take, roughly; Infinity for more than it is asked for. */
export function secondsFor({ seconds, most = Infinity }: Tool, counts: Counts): number {
  const each = (kind: Kind): number => (typeof seconds === "number" ? seconds : (seconds[kind] ?? 0));
  if (kinds.some((kind) => (counts[kind] ?? 0) > most)) return Infinity;
  return kinds.reduce((sum, kind) => sum + each(kind) * (counts[kind] ?? 0), 0);
}

/** First number in what it says of itself. */
export function versionIn(said: string): string {
  return /\d+(?:\.\d+)+/.exec(said)?.[0] ?? said.trim();
}
