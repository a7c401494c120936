import { isMap, isNode, parseDocument, type Document, type Node, type Pair, type YAMLMap } from "yaml";
import type { Edit } from "./edit-text.ts";
import type { Step } from "./leaf-text.ts";

/** YAML and JSON: what is there is replaced where it stands, what is not gets a line after its neighbours. */
export async function yamlWith(text: string, format: "yaml" | "json", edits: readonly Edit[]): Promise<string> {
  const document = parseDocument(text, { intAsBigInt: true, merge: true, logLevel: "error" });
  const [there, missing] = [
    edits.filter((edit) => isThere(document, edit)),
    edits.filter((edit) => !isThere(document, edit)),
  ];
  const replaced = there
    .map(({ path, text: put }) => replacement(text, nodeAt(document, path), quoted(put, format)))
    .toSorted((a, b) => b.from - a.from)
    .reduce((whole, { from, to, put }) => whole.slice(0, from) + put + whole.slice(to), text);
  return missing.reduce((whole, edit) => added(whole, format, edit), replaced);
}

interface Replacement {
  readonly from: number;
  readonly to: number;
  readonly put: string;
}

function isThere(document: Document, { path }: Edit): boolean {
  return nodeAt(document, path) !== undefined;
}

function nodeAt(document: Document, path: readonly Step[]): Node | undefined {
  const node: unknown = path.length === 0 ? document.contents : document.getIn(path, true);
  return isNode(node) && node.range ? node : undefined;
}

function replacement(text: string, node: Node | undefined, put: string): Replacement {
  const [start, end] = node?.range ?? [0, 0];
  // A tag, such as `!vault`, goes with what it stood before.
  const tag = /!\S*[ \t]+$/.exec(text.slice(0, start))?.[0] ?? "";
  const old = text.slice(start, end);
  const from = start - (node?.tag?.startsWith("!") === true ? tag.length : 0);
  const before = old === "" && !/\s/.test(text[start - 1] ?? "\n") ? " " : "";
  return { from, to: end, put: `${before}${put}${/\n$/.exec(old)?.[0] ?? ""}` };
}

function quoted(put: string, format: "yaml" | "json"): string {
  return format === "yaml" && /^age:[A-Za-z0-9+/=]+$/.test(put) ? put : JSON.stringify(put);
}

function added(text: string, format: "yaml" | "json", { path, text: put }: Edit): string {
  const document = parseDocument(text, { intAsBigInt: true, merge: true, logLevel: "error" });
  const depth = path.findLastIndex((_, at) => isMap(nodeAt(document, path.slice(0, at))));
  const value = quoted(put, format);
  if (depth < 0) return newDocument(text, format, path, value);
  const map = nodeAt(document, path.slice(0, depth));
  if (!isMap(map)) return text;
  const keys = path.slice(depth);
  return map.flow === true ? intoFlow(text, map, keys, value) : intoBlock(text, map, keys, value);
}

/** A file that holds nothing yet but comments. */
function newDocument(text: string, format: "yaml" | "json", path: readonly Step[], value: string): string {
  if (format === "json") return `${flowText(path, value, "")}\n`;
  const start = text === "" || text.endsWith("\n") ? text : `${text}\n`;
  return start + blockText(path, value, "", "\n");
}

function intoBlock(text: string, map: YAMLMap, keys: readonly Step[], value: string): string {
  const newline = text.includes("\r\n") ? "\r\n" : "\n";
  const first = startOf(map.items[0]);
  const column = first - (text.lastIndexOf("\n", first - 1) + 1);
  const end = endOf(map.items.at(-1)) ?? first;
  const lineEnd = text[end - 1] === "\n" ? end : text.indexOf("\n", end) + 1;
  const at = lineEnd === 0 ? text.length : lineEnd;
  const before = at > 0 && text[at - 1] !== "\n" ? newline : "";
  return text.slice(0, at) + before + blockText(keys, value, " ".repeat(column), newline) + text.slice(at);
}

function blockText(keys: readonly Step[], value: string, indent: string, newline: string): string {
  const lines = keys.map((key, depth) => {
    const end = depth === keys.length - 1 ? ` ${value}` : "";
    return `${indent}${"  ".repeat(depth)}${keyText(key)}:${end}`;
  });
  return lines.join(newline) + newline;
}

function keyText(key: Step): string {
  const name = String(key);
  return /^[A-Za-z_][\w-]*$/.test(name) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(name)
    ? name
    : JSON.stringify(name);
}

function intoFlow(text: string, map: YAMLMap, keys: readonly Step[], value: string): string {
  const close = (map.range?.[1] ?? 0) - 1;
  const last = endOf(map.items.at(-1));
  const inner = flowText(keys, value, "").slice(1, -1).trim();
  if (last === undefined) return `${text.slice(0, close).trimEnd()} ${inner} ${text.slice(close)}`.replace("{ ", "{ ");
  const line = text.lastIndexOf("\n", startOf(map.items.at(-1))) + 1;
  const isSpread = text.slice(last, close).includes("\n");
  const indent = /^\s*/.exec(text.slice(line))?.[0] ?? "";
  return `${text.slice(0, last)},${isSpread ? `\n${indent}` : " "}${inner}${text.slice(last)}`;
}

function flowText(keys: readonly Step[], value: string, indent: string): string {
  const [key, ...rest] = keys;
  if (key === undefined) return value;
  const deeper = `${indent}  `;
  const inner = flowText(rest, value, deeper);
  return `{\n${deeper}${JSON.stringify(String(key))}: ${inner}\n${indent}}`;
}

function startOf(pair: Pair | undefined): number {
  return isNode(pair?.key) ? (pair.key.range?.[0] ?? 0) : 0;
}

/** Of its value, or of its key where it has none. */
function endOf(pair: Pair | undefined): number | undefined {
  if (pair === undefined) return undefined;
  const node = isNode(pair.value) ? pair.value : pair.key;
  return isNode(node) ? node.range?.[1] : undefined;
}
