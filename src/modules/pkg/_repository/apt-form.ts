import { isObject, type Value } from "../../../base/value.ts";
import type { ReadSystem } from "../../../system/system.ts";
import { valueIn, withEntry, wordsIn, type Block } from "./block.ts";
import { filesIn, linesIn, textOfLines, type Form, type Given, type Source } from "./form.ts";

export const SOURCES = "/etc/apt/sources.list.d";
const KEYRINGS = "/etc/apt/keyrings";
/** What others who write sources name them by, Ansible among them. */
export const NAME = "X-Repolib-Name";

const LISTS: { readonly [field: string]: string } = {
  types: "Types",
  uris: "URIs",
  suites: "Suites",
  components: "Components",
  architectures: "Architectures",
};

/** deb822 of sources.list(5), a file a source. */
export const aptForm: Form = {
  fields: [...Object.keys(LISTS), "enabled", "options"],
  mistake,
  path: (name) => `${SOURCES}/${name}.sources`,
  keyPath: (name, isArmoured) => `${KEYRINGS}/${name}.${isArmoured ? "asc" : "gpg"}`,

  read(text, name) {
    const stanza = stanzaOf(linesIn(text), name);
    return stanza === undefined ? null : sourceOf(stanza);
  },

  write(text, name, given, key) {
    let lines = linesIn(text);
    if (stanzaOf(lines, name) === undefined)
      lines = [...lines, ...(lines.length === 0 ? [] : [""]), `${NAME}: ${name}`];
    for (const [field, written] of writtenOf(given, key)) {
      const stanza = stanzaOf(lines, name);
      if (stanza !== undefined) lines = withEntry(lines, stanza, field, [`${field}: ${written}`]);
    }
    return textOfLines(lines);
  },

  remove(text, name) {
    const lines = linesIn(text);
    const stanza = stanzaOf(lines, name);
    if (stanza === undefined) return text;
    const left = [...lines.slice(0, stanza.from), ...lines.slice(stanza.to)];
    return stanzasOf(left).length === 0 ? "" : textOfLines(left);
  },

  all: (target: ReadSystem) => [
    ...filesIn(SOURCES, ".sources", target),
    ...filesIn(SOURCES, ".list", target),
    "/etc/apt/sources.list",
  ],
};

function mistake({ uris, suites, components, options }: Given): string | undefined {
  if (!Array.isArray(uris) || !Array.isArray(suites)) return `'${Array.isArray(uris) ? "suites" : "uris"}' is missing`;
  const flat = suites.filter((suite) => String(suite as string).endsWith("/"));
  if (flat.length > 0 && components !== undefined) return `'components' cannot go with the suite '${flat.join(" ")}'`;
  if (flat.length < suites.length && components === undefined)
    return "'components' is missing, or a suite that ends with /";
  const signed = isObject(options) && Object.keys(options).some((name) => name.toLowerCase() === "signed-by");
  return signed && options["key"] !== undefined ? "takes either 'key' or Signed-By among 'options'" : undefined;
}

function sourceOf(stanza: Block): Source {
  const lists = Object.entries(LISTS).flatMap(([field, key]) => {
    const words = wordsIn(stanza, key);
    return words === undefined ? [] : [[field, words] as const];
  });
  const known = [...Object.values(LISTS), "Enabled", NAME].map((key) => key.toLowerCase());
  const others = stanza.entries.filter(({ key }) => !known.includes(key.toLowerCase()));
  const enabled = !/^(?:no|false|without|off|disable|0)$/i.test(valueIn(stanza, "Enabled") ?? "yes");
  const options = Object.fromEntries(others.map(({ key, value }) => [key, value]));
  return { facts: { ...Object.fromEntries(lists), enabled, options }, key: valueIn(stanza, "Signed-By") };
}

function* writtenOf(given: Given, key: string | undefined): Generator<readonly [field: string, text: string]> {
  for (const [field, name] of Object.entries(LISTS)) {
    const words = given[field];
    if (Array.isArray(words)) yield [name, words.join(" ")];
  }
  if (given["enabled"] !== undefined) yield ["Enabled", given["enabled"] === true ? "yes" : "no"];
  const { options } = given;
  if (isObject(options)) for (const [name, value] of Object.entries(options)) yield [name, optionText(value)];
  if (key !== undefined) yield ["Signed-By", key];
}

export function optionText(value: Value): string {
  return value === true ? "yes" : value === false ? "no" : String(value as string);
}

/** The one that is called so, else the only one of its file. */
function stanzaOf(lines: readonly string[], name: string): Block | undefined {
  const stanzas = stanzasOf(lines);
  const named = stanzas.find((stanza) => valueIn(stanza, NAME) === name);
  return named ?? (stanzas.length === 1 ? stanzas[0] : undefined);
}

/** Stanzas of deb822, with blank lines between them. */
export function stanzasOf(lines: readonly string[]): readonly Block[] {
  const blocks: Block[] = [];
  for (let from = 0; from < lines.length; from++) {
    if (isBlank(lines[from])) continue;
    let to = from;
    while (to < lines.length && !isBlank(lines[to])) to++;
    const entries = entriesOf(lines, from, to);
    if (entries.length > 0) blocks.push({ from, to, entries });
    from = to;
  }
  return blocks;
}

function entriesOf(lines: readonly string[], from: number, to: number): Block["entries"] {
  const entries: { key: string; value: string; from: number; to: number }[] = [];
  for (let at = from; at < to; at++) {
    const line = lines[at] ?? "";
    const last = entries.at(-1);
    const [, key, value = ""] = /^([^\s#:][^\s:]*)[ \t]*:(.*)$/.exec(line) ?? [];
    if (key !== undefined) entries.push({ key, value: value.trim(), from: at, to: at + 1 });
    else if (last !== undefined && /^[ \t]/.test(line)) {
      last.value = `${last.value}\n${line.trim()}`.trim();
      last.to = at + 1;
    }
  }
  return entries;
}

function isBlank(line: string | undefined): boolean {
  return line === undefined || line.trim() === "";
}
