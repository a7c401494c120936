import { nameIn } from "../../../base/path.ts";
import type { ReadSystem } from "../../../system/system.ts";
import { aptForm, NAME, SOURCES, stanzasOf } from "./apt-form.ts";
import { APK_SOURCES } from "./apk-form.ts";
import { valueIn, wordsIn, type Block } from "./block.ts";
import { textAt } from "./files.ts";
import { filesIn, linesIn } from "./form.ts";
import { PACMAN_CONF } from "./pacman-form.ts";
import { namesOfSections, sectionOf } from "./section-form.ts";

const APT_LISTS = "/var/lib/apt/lists";

/** Files of sources with a name, as this and other tools write them, of which apt has no index yet. */
export function aptUnfetched(target: ReadSystem): readonly string[] {
  const sources = filesIn(SOURCES, ".sources", target);
  if (sources.length === 0) return [];
  const fetched = target.stat(APT_LISTS)?.type === "directory" ? target.list(APT_LISTS) : [];
  return sources.filter((path) => {
    const lines = linesIn(textAt(path, target));
    const named = stanzasOf(lines).filter((stanza) => valueIn(stanza, NAME) !== undefined);
    return named.some((stanza) => isEnabled(lines, stanza) && beginnings(stanza).some((one) => !has(fetched, one)));
  });
}

function isEnabled(lines: readonly string[], stanza: Block): boolean {
  const text = lines.slice(stanza.from, stanza.to).join("\n");
  return aptForm.read(text, valueIn(stanza, NAME) ?? "")?.facts["enabled"] === true;
}

function has(names: readonly string[], beginning: string): boolean {
  return names.some((name) => name.startsWith(beginning));
}

/** How names of index files begin: of each suite, and of each component where apt does not read it in its place. */
function beginnings(stanza: Block): readonly string[] {
  const words = (key: string): readonly string[] => wordsIn(stanza, key) ?? [];
  return words("URIs").flatMap((uri) => {
    const base = `${uri.replace(/^[a-z+]+:(?:\/\/)?(?:[^/@]*@)?/i, "").replace(/\/$/, "")}/`;
    const isLocal = /^(?:file|copy):/i.test(uri);
    return words("Suites").flatMap((suite) => {
      if (suite.endsWith("/")) return [inFileName(`${base}${suite}`)];
      const dist = `${base}dists/${suite}/`;
      return isLocal ? [inFileName(dist)] : words("Components").map((one) => inFileName(`${dist}${one}/`));
    });
  });
}

/** As apt makes a file name of an address. */
function inFileName(address: string): string {
  const quoted = address.replace(
    /[\\|{}[\]<>"^~_=!@#$%&*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
  return quoted.replaceAll("/", "_");
}

/** Names of sources that are enabled and of which there is no index in a directory of their name below `caches`. */
export function rpmUnfetched(directory: string, caches: readonly string[], target: ReadSystem): readonly string[] {
  const listed = caches.flatMap((cache) => (target.stat(cache)?.type === "directory" ? below(cache, target) : []));
  const fetched = listed.filter((path) => target.stat(`${path}/repodata/repomd.xml`) !== null).map(nameIn);
  return filesIn(directory, ".repo", target).flatMap((path) => {
    const lines = linesIn(textAt(path, target));
    return namesOfSections(lines).filter((name) => {
      const enabled = valueIn(sectionOf(lines, name), "enabled") ?? "1";
      return /^(?:1|yes|true|on)$/i.test(enabled) && !fetched.some((one) => isOf(one, name));
    });
  });
}

function below(directory: string, target: ReadSystem): readonly string[] {
  return target.list(directory).map((name) => `${directory}/${name}`);
}

/** `NAME`, or as dnf has it `NAME-0123456789abcdef`. */
function isOf(directory: string, name: string): boolean {
  return (
    directory === name || (directory.startsWith(`${name}-`) && /^[0-9a-f]{16}$/.test(directory.slice(name.length + 1)))
  );
}

/** Whether a section of pacman.conf has no index. */
export function pacmanUnfetched(target: ReadSystem): boolean {
  const names = namesOfSections(linesIn(textAt(PACMAN_CONF, target))).filter((name) => name !== "options");
  return names.some((name) => target.stat(`/var/lib/pacman/sync/${name}.db`) === null);
}

/** Whether sources were changed after the newest index. */
export function apkUnfetched(directories: readonly string[], target: ReadSystem): boolean {
  const indexes = directories.flatMap((directory) =>
    target.stat(directory)?.type === "directory"
      ? target
          .list(directory)
          .filter((name) => name.startsWith("APKINDEX."))
          .map((name) => `${directory}/${name}`)
      : [],
  );
  const time = (path: string): number => target.stat(path)?.mtimeMs ?? 0;
  const newest = Math.max(0, ...directories.map(time), ...indexes.map(time));
  return filesIn(APK_SOURCES, ".list", target).some((path) => time(path) > newest);
}
