import { utf8Text } from "./byte-text.ts";

/**
 * A shorter value is not looked for: three characters stand in too many texts by chance, and the holes torn there
 * would give the value away sooner than hide it. Such a secret is still kept out by all that handles it as one.
 */
export const SHORTEST_SECRET = 4;

/** A larger one is looked for as it is, line by line: its escaped forms would take many times its size. */
const LARGE = 256 * 1024;

/** A line of a key or a token, which tells by itself. */
const TELLING_LINE = /^\S{24,}$/;

/** Every way in which a value may stand in a text; each of its lines too, or only those that tell by themselves. */
export function formsOf(value: Uint8Array, ofLines: "every" | "telling"): ReadonlySet<string> {
  const text = utf8Text(value);
  const trimmed = text.trim();
  const all = trimmed.split(/\r?\n/).map((line) => line.trim());
  const lines = ofLines === "every" ? all : all.filter((line) => TELLING_LINE.test(line));
  const plain = [...new Set([text, trimmed, ...lines])].filter((form) => form.length >= SHORTEST_SECRET);
  if (value.length > LARGE) return new Set(plain);
  const written = plain.flatMap((form) => [
    form,
    inJson(form),
    inJson(inJson(form)),
    inUrl(form),
    inForm(form),
    ...inShell(form),
    inHtml(form),
    ...inTemplates(form),
    ...inOneCase(form),
    ...inAddress(form),
  ]);
  const encoded = [value, Buffer.from(trimmed)].flatMap((bytes) => [...base64Forms(bytes), ...hexForms(bytes)]);
  return new Set([...written, ...encoded].filter((form) => form.length >= SHORTEST_SECRET));
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function inUrl(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

function inForm(text: string): string {
  return new URLSearchParams({ "": text }).toString().slice(1);
}

/** As URLs write it by themselves: in a query, and in a path. */
function inAddress(text: string): readonly string[] {
  if (text.length > 2000 || /[\r\n\t]/.test(text)) return [];
  const url = new URL("http://h/");
  url.search = text;
  url.pathname = text;
  return [url.search.slice(1), url.pathname.slice(1)];
}

/** As names of hosts and variables are written; a short word would be another one. */
function inOneCase(text: string): readonly string[] {
  return text.length < 8 ? [] : [text.toUpperCase(), text.toLowerCase()];
}

/** Within single quotes, as two ways have it; within double quotes; and without any. */
function inShell(text: string): readonly string[] {
  return [
    text.replaceAll("'", String.raw`'\''`),
    text.replaceAll("'", `'"'"'`),
    text.replaceAll(/[$`"\\!]/g, "\\$&"),
    text.replaceAll(/[^\w@%+=:,./-]/g, "\\$&"),
  ];
}

function inHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** As filters of templates write it: tojson, e, to_yaml, regex_escape, urlencode, and texts in a list. */
function inTemplates(text: string): readonly string[] {
  const quotes = (double: string): string => inHtml(text).replaceAll("&quot;", double).replaceAll("'", "&#39;");
  const unicode = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  const ascii = inJson(text).replaceAll(/[^ -~]/g, unicode);
  return [
    ascii,
    ascii.replaceAll(/[<>&']/g, unicode),
    inJson(text).replaceAll(/[<>&']/g, unicode),
    quotes("&#34;"),
    quotes("&quot;"),
    text.replaceAll("'", "''"),
    inPython(text),
    inPython(text).replaceAll("'", "\\'"),
    text.replaceAll(/[\\^$.|?*+()[\]{}#&~\s-]/g, "\\$&"),
    text.replaceAll(/[\].[^$*\\]/g, "\\$&"),
    inUrl(text)
      .replaceAll("%2F", "/")
      .replaceAll(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`),
  ];
}

/** Between quotes, as Python shows a text. */
function inPython(text: string): string {
  const named: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\" };
  return text.replaceAll(/[\\\0-\x1f\x7f]/g, (character) => {
    return named[character] ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}

/**
 * Base64 at each of the three places a value may take in what is encoded (as in `user:password`), without the characters
 * that its neighbours decide, in both alphabets; and line by line, as encoders wrap it.
 */
function base64Forms(value: Uint8Array): readonly string[] {
  const placed = [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), value]).toString("base64");
    return encoded.slice(Math.ceil((before * 8) / 6), Math.floor(((before + value.length) * 8) / 6));
  });
  const alone = Buffer.from(value).toString("base64").replace(/=+$/, "");
  const long = [...placed, ...cut(alone, 64), ...cut(alone, 76)].filter((form) => form.length > SHORTEST_SECRET);
  return [...long, ...long.map((form) => form.replaceAll("+", "-").replaceAll("/", "_"))];
}

function cut(encoded: string, width: number): readonly string[] {
  return encoded.match(new RegExp(`.{1,${width}}`, "g")) ?? [];
}

function hexForms(value: Uint8Array): readonly string[] {
  if (value.length < SHORTEST_SECRET) return [];
  const digits = Buffer.from(value).toString("hex");
  return [digits, digits.toUpperCase()];
}
