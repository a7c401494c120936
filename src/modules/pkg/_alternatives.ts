import { missing } from "../_files/file.ts";
import type { ReadSystem } from "../../system/system.ts";
import { textAt } from "./_repository/files.ts";

/** A link that goes along with the choice. */
export type Follower = { readonly name: string; readonly link: string; readonly path: string };

interface Choice {
  readonly priority: number;
  readonly followers: readonly Follower[];
}

export interface Alternatives {
  readonly isAuto: boolean;
  readonly link: string;
  /** What is in use now; null: nothing. */
  readonly selected: string | null;
  /** By path. */
  readonly choices: ReadonlyMap<string, Choice>;
}

/** Debian's, and SUSE's. */
const RECORDS = ["/var/lib/dpkg/alternatives", "/var/lib/alternatives"];

export function requireAlternatives(target: ReadSystem): void {
  if (target.which("update-alternatives") === null)
    throw missing(target, "there is no update-alternatives on this machine", "it comes with dpkg");
}

/** As update-alternatives(1) of dpkg has written it down; null: there is none of that name. */
export function alternativesOf(name: string, target: ReadSystem): Alternatives | null {
  const text = RECORDS.map((directory) => textAt(`${directory}/${name}`, target)).find((found) => found !== "");
  if (text === undefined) return null;
  const [head = [], ...rest] = blocks(text.split("\n"));
  const [mode, link = "", ...pairs] = head;
  const links = Array.from({ length: pairs.length / 2 }, (_, at) => ({
    name: pairs[2 * at] ?? "",
    link: pairs[2 * at + 1] ?? "",
  }));
  return { isAuto: mode === "auto", link, selected: selectedOf(name, target), choices: choicesOf(rest.flat(), links) };
}

/** The lines up to the first empty one, and those behind it: of each choice a follower's path may be empty. */
function blocks(lines: readonly string[]): readonly (readonly string[])[] {
  const end = lines.indexOf("");
  return [lines.slice(0, end), lines.slice(end + 1)];
}

/** A path, its priority, and a line for each follower; an empty path ends. */
function choicesOf(lines: readonly string[], links: readonly Omit<Follower, "path">[]): Alternatives["choices"] {
  const choices = new Map<string, Choice>();
  for (let at = 0; (lines[at] ?? "") !== ""; at += 2 + links.length) {
    const paths = lines.slice(at + 2, at + 2 + links.length);
    const followers = links
      .map((link, index) => ({ ...link, path: paths[index] ?? "" }))
      .filter(({ path }) => path !== "");
    choices.set(lines[at] ?? "", { priority: Number(lines[at + 1]), followers });
  }
  return choices;
}

function selectedOf(name: string, target: ReadSystem): string | null {
  const link = `/etc/alternatives/${name}`;
  return target.lstat(link)?.type === "link" ? target.readLink(link) : null;
}
