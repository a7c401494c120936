import type { ValueObject } from "../../../base/value.ts";
import type { ReadSystem } from "../../../system/system.ts";

/** What is asked of a source: fields of the call by their names, with lists for what may be several. */
export type Given = ValueObject;

/** A source as it stands in its file. */
export interface Source {
  /** As `Given`, every field that is there. */
  readonly facts: Given;
  /** Where its key is: a path, or the key itself. */
  readonly key?: string | undefined;
}

/** How one package manager writes its sources down. */
export interface Form {
  /** Fields of the call that it has. */
  readonly fields: readonly string[];
  /** What is wrong with what is asked, in one sentence. */
  mistake?(given: Given): string | undefined;
  path(name: string): string;
  /** Where a key of that name goes; undefined: keys are kept elsewhere. */
  keyPath?(name: string, isArmoured: boolean): string;
  /** null: there is none of that name. */
  read(text: string, name: string): Source | null;
  /** The text with these fields of the source; `key`: the path of its key. */
  write(text: string, name: string, given: Given, key?: string): string;
  /** The text without it; "" when nothing is left in it. */
  remove(text: string, name: string): string;
  /** Files of all sources, where others may use the same key. */
  all(target: ReadSystem): readonly string[];
}

/** Lines without their ends. */
export function linesIn(text: string): readonly string[] {
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}

export function textOfLines(lines: readonly string[]): string {
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

/** Files of a directory whose names have that end. */
export function filesIn(directory: string, end: string, target: ReadSystem): readonly string[] {
  if (target.stat(directory)?.type !== "directory") return [];
  const paths = target.list(directory).filter((name) => name.endsWith(end));
  return paths.map((name) => `${directory}/${name}`).filter((path) => target.stat(path)?.type === "file");
}
