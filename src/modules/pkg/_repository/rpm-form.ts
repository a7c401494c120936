import { isObject, type Value } from "../../../base/value.ts";
import type { ReadSystem } from "../../../system/system.ts";
import { optionText } from "./apt-form.ts";
import { valueIn, withEntry, wordsIn, type Block } from "./block.ts";
import { filesIn, linesIn, textOfLines, type Form, type Given, type Source } from "./form.ts";
import { sectionOf, withSection, withoutSection } from "./section-form.ts";

export const YUM_SOURCES = "/etc/yum.repos.d";
export const ZYPP_SOURCES = "/etc/zypp/repos.d";
export const RPM_KEYS = "/etc/pki/rpm-gpg/RPM-GPG-KEY-";

/** What a field is called in a .repo file, and how it is read. */
const SETTINGS: readonly (readonly [field: string, key: string, kind: "words" | "text" | "flag" | "number"])[] = [
  ["description", "name", "text"],
  ["uris", "baseurl", "words"],
  ["mirrorlist", "mirrorlist", "text"],
  ["metalink", "metalink", "text"],
  ["enabled", "enabled", "flag"],
  ["gpgcheck", "gpgcheck", "flag"],
  ["repo_gpgcheck", "repo_gpgcheck", "flag"],
  ["priority", "priority", "number"],
  ["exclude", "exclude", "words"],
  ["includepkgs", "includepkgs", "words"],
];

/** A section of a .repo file, as dnf and zypper read it, each in its own directory. */
export function rpmForm(directory: string): Form {
  return {
    fields: [...SETTINGS.map(([field]) => field), "options"],
    mistake: ({ uris, mirrorlist, metalink }) =>
      (uris ?? mirrorlist ?? metalink) === undefined ? "'baseurl', 'mirrorlist' or 'metalink' is missing" : undefined,
    path: (name) => `${directory}/${name}.repo`,
    keyPath: (name) => `${RPM_KEYS}${name}`,

    read(text, name) {
      const section = sectionOf(linesIn(text), name);
      return section === undefined ? null : sourceOf(section);
    },

    write(text, name, given, key) {
      const isNew = sectionOf(linesIn(text), name) === undefined;
      const called = isNew && given["description"] === undefined ? { description: name, ...given } : given;
      let lines = withSection(linesIn(text), name);
      for (const [field, written] of writtenOf(called, key)) {
        const section = sectionOf(lines, name);
        if (section !== undefined) lines = withEntry(lines, section, field, written);
      }
      return textOfLines(lines);
    },

    remove: (text, name) => textOfLines(withoutSection(linesIn(text), name)),
    all: (target: ReadSystem) => filesIn(directory, ".repo", target),
  };
}

function sourceOf(section: Block): Source {
  const facts = SETTINGS.map(([field, key, kind]) => [field, read(section, key, kind)] as const);
  const known = [...SETTINGS.map(([, key]) => key), "gpgkey"];
  const others = section.entries.filter(({ key }) => !known.includes(key.toLowerCase()));
  const options = Object.fromEntries(others.map(({ key, value }) => [key, value]));
  const key = wordsIn(section, "gpgkey")?.find((word) => word.startsWith("file:"));
  return {
    facts: { enabled: true, ...Object.fromEntries(facts.filter(([, value]) => value !== null)), options },
    key: key?.replace(/^file:(?:\/\/)?/, ""),
  };
}

function read(section: Block, key: string, kind: (typeof SETTINGS)[number][2]): Value {
  if (kind === "words") return wordsIn(section, key) ?? null;
  const value = valueIn(section, key);
  if (value === undefined || kind === "text") return value ?? null;
  return kind === "number" ? Number(value) : /^(?:1|yes|true|on)$/i.test(value);
}

function* writtenOf(
  given: Given,
  key: string | undefined,
): Generator<readonly [key: string, lines: readonly string[]]> {
  for (const [field, name] of SETTINGS) {
    const value = given[field];
    if (value === undefined) continue;
    const [first = "", ...more] = Array.isArray(value) ? value.map(String) : [textOf(value)];
    yield [name, [`${name}=${first}`, ...more.map((word) => `        ${word}`)]];
  }
  const { options } = given;
  if (isObject(options))
    for (const [name, value] of Object.entries(options)) yield [name, [`${name}=${optionText(value)}`]];
  if (key !== undefined) yield ["gpgkey", [`gpgkey=file://${key}`]];
}

function textOf(value: Value): string {
  return value === true ? "1" : value === false ? "0" : String(value as string);
}
