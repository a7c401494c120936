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
export async function oneLineFiles({ uris, suites }: Given, target: ReadSystem): Promise<readonly OneLine[]> {
  const files = await target.cached("apt one-line", () => Promise.resolve(filesWithLines(target)));
  return files.flatMap(({ path, lines, sources }) => {
    if (!sources.some((source) => isOf(source, uris, suites))) return [];
    const left = lines.filter((line) => !isOf(sourceOf(line), uris, suites));
    return [{ path, without: left.some((line) => LINE.test(line)) ? left.join("\n") : "" }];
  });
}

interface LineSource {
  readonly uri: string;
  readonly suite: string;
}

/** Read once for all sources that are declared. */
function filesWithLines(target: ReadSystem) {
  const paths = ["/etc/apt/sources.list", ...filesIn(SOURCES, ".list", target)];
  return paths.flatMap((path) => {
    if (target.stat(path)?.type !== "file") return [];
    const lines = utf8Text(target.readFile(path)).split("\n");
    return [{ path, lines, sources: lines.flatMap((line) => sourceOf(line) ?? []) }];
  });
}

function sourceOf(line: string): LineSource | undefined {
  const [, uri, suite] = LINE.exec(line) ?? [];
  return uri === undefined || suite === undefined ? undefined : { uri, suite };
}

function isOf(source: LineSource | undefined, uris: Value | undefined, suites: Value | undefined): boolean {
  return source !== undefined && holds(uris, source.uri) && holds(suites, source.suite);
}

const LINE = /^\s*deb(?:-src)?\s+(?:\[[^\]]*\]\s*)?(\S+)\s+(\S+)/;

function holds(list: Value | undefined, word: string): boolean {
  const bare = (text: string): string => text.replace(/\/+$/, "");
  return word !== "" && Array.isArray(list) && list.some((item) => bare(String(item as string)) === bare(word));
}
