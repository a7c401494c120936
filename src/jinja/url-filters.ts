import { TemplateFailure } from "./failure.ts";
import type { Filter, Given } from "./given.ts";
import { Undefined, isDict, textOf, toStr, typeName } from "./values.ts";

/** Filters of URLs and of attributes. */
export const URL_FILTERS: Readonly<Record<string, Filter>> = {
  urldecode: (value) => decoded(textOf(value).replaceAll("+", " ")),
  urlsplit: (value, given) => {
    const part = given.text(0, "query", "");
    const parts = urlParts(textOf(value));
    if (part === "") return new Map([...parts].toSorted(([a], [b]) => (a < b ? -1 : 1)));
    if (!parts.has(part)) throw new TemplateFailure(`a URL has no '${part}'; it has ${[...parts.keys()].join(", ")}`);
    return parts.get(part);
  },
  xmlattr: attributes,
};

/** As Python's urlsplit has it. */
export function splitUrl(url: string): {
  readonly scheme: string;
  readonly netloc: string;
  readonly path: string;
  readonly query: string;
  readonly fragment: string;
} {
  const clean = url.replace(/^[\0- ]+/, "").replace(/[\t\r\n]/g, "");
  const [, scheme = "", afterScheme = clean] = /^([A-Za-z][\w+.-]*):([^]*)$/.exec(clean) ?? [];
  const [, netloc = "", rest = afterScheme] = /^\/\/([^/?#]*)([^]*)$/.exec(afterScheme) ?? [];
  const [, path = "", query = "", fragment = ""] = /^([^?#]*)(?:\?([^#]*))?(?:#([^]*))?$/.exec(rest) ?? [];
  return { scheme: scheme.toLowerCase(), netloc, path, query, fragment };
}

function urlParts(url: string): Map<string, unknown> {
  const parts = splitUrl(url);
  const { netloc } = parts;
  const [, user, address = netloc] = /^([^]*)@([^@]*)$/.exec(netloc) ?? [];
  const [, username, password] = /^([^:]*)(?::([^]*))?$/.exec(user ?? "") ?? [];
  const { hostname, port } = hostOf(address);
  return new Map<string, unknown>([
    ...Object.entries(parts),
    ["hostname", hostname],
    ["port", port],
    ["username", user === undefined ? null : username],
    ["password", user === undefined ? null : (password ?? null)],
  ]);
}

function hostOf(address: string): { readonly hostname: string | null; readonly port: bigint | null } {
  const bracketed = /^\[([^\]]*)\](?::([^]*))?$/.exec(address);
  if (bracketed === null && /[[\]]/.test(address)) throw new TemplateFailure("is no URL: its brackets do not match");
  const [, name = "", port = ""] = bracketed ?? /^([^:]*)(?::([^]*))?$/.exec(address) ?? [];
  if (!/^\d*$/.test(port) || Number(port) > 65535) throw new TemplateFailure(`is no URL: '${port}' is no port`);
  return { hostname: name === "" ? null : name.toLowerCase(), port: port === "" ? null : BigInt(port) };
}

function decoded(text: string): string {
  return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (bytes) =>
    Buffer.from(bytes.replaceAll("%", ""), "hex").toString("utf8"),
  );
}

function attributes(value: unknown, given: Given): string {
  const leads = given.flag(0, "autospace", true);
  if (!isDict(value)) throw new TemplateFailure(`needs a dict, not a ${typeName(value)}`);
  const made = [...value]
    .filter(([, item]) => item !== null && !(item instanceof Undefined))
    .map(([name, item]) => {
      if (/[\s/>=]/.test(name)) throw new TemplateFailure(`'${name}' cannot be the name of an attribute`);
      return `${escaped(name)}="${escaped(toStr(item))}"`;
    });
  return made.length > 0 && leads ? ` ${made.join(" ")}` : made.join(" ");
}

function escaped(text: string): string {
  const codes: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&#34;",
    "'": "&#39;",
  };
  return text.replace(/[&<>"']/g, (character) => codes[character] ?? character);
}
