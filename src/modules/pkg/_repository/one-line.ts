import { utf8Text } from "../../../base/byte-text.ts";
import type { Value } from "../../../base/value.ts";
import type { ReadSystem } from "../../../system/system.ts";
import { SOURCES } from "./apt-form.ts";
import { filesIn, type Given } from "./form.ts";

/** A file of the old format with lines of this source. */
export interface OneLine {
  readonly path: string;
  /** The text without those lines; "" when no source is left in it. */
  readonly without: string;
}

/** Files of apt's old format, a line a source, that have a source of these addresses and suites too. */
export function oneLineFiles({ uris, suites }: Given, target: ReadSystem): readonly OneLine[] {
  const paths = ["/etc/apt/sources.list", ...filesIn(SOURCES, ".list", target)];
  return paths.flatMap((path) => {
    if (target.stat(path)?.type !== "file") return [];
    const lines = utf8Text(target.readFile(path)).split("\n");
    const left = lines.filter((line) => !isOf(line, uris, suites));
    if (left.length === lines.length) return [];
    return [{ path, without: left.some((line) => LINE.test(line)) ? left.join("\n") : "" }];
  });
}

function isOf(line: string, uris: Value | undefined, suites: Value | undefined): boolean {
  const [, uri = "", suite = ""] = LINE.exec(line) ?? [];
  return holds(uris, uri) && holds(suites, suite);
}

const LINE = /^\s*deb(?:-src)?\s+(?:\[[^\]]*\]\s*)?(\S+)\s+(\S+)/;

function holds(list: Value | undefined, word: string): boolean {
  const bare = (text: string): string => text.replace(/\/+$/, "");
  return word !== "" && Array.isArray(list) && list.some((item) => bare(String(item as string)) === bare(word));
}
