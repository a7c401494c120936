import { SlothError } from "../errors.ts";
import type { Value } from "../value.ts";
import { forText, fromParser, withoutBom } from "./text-form.ts";

// Not Bun.YAML: it rounds integers beyond 2^53, lets duplicate keys pass and names no line. Loading `yaml` costs 3 ms.

/** Quotes what YAML 1.1 readers would take for something else (`yes`, `0777`, `1:30`). */
export async function encodeYaml(value: Value): Promise<string> {
  const { Scalar, stringify } = await import("yaml");
  const float = (number: number) => Object.assign(new Scalar(number), { minFractionDigits: 1 });
  return stringify(forText(value, { format: "YAML", float }), { lineWidth: 0, compat: "yaml-1.1" });
}

/** YAML 1.2 with merge keys, every document of the stream. Duplicate keys, tags other than `tags` and alias bombs are refused with their line. */
export async function decodeYaml(text: string, { keepsFloats = false, tags = NONE } = {}): Promise<readonly Value[]> {
  const { parseAllDocuments } = await import("yaml");
  const source = withoutBom(text);
  const documents = parseAllDocuments(source, {
    intAsBigInt: true,
    merge: true,
    logLevel: "error",
    customTags: asText(tags),
  });
  return Array.from(documents, (document) => {
    const fault = document.errors[0] ?? document.warnings[0];
    if (fault !== undefined) throw notYaml(faultText(fault), fault.linePos?.[0]);
    try {
      return fromParser(document.toJS({ maxAliasCount: 1000 }), keepsFloats);
    } catch (cause) {
      if (cause instanceof SlothError) throw notYaml(cause.message, undefined);
      throw notYaml("an alias of nothing, or too many aliases", undefined);
    }
  });
}

const NONE: readonly string[] = [];

/** Tags whose texts are what they say. */
function asText(tags: readonly string[]) {
  return tags.map((tag) => ({ tag, resolve: (text: string) => text }));
}

/** The parser's own words where they quote nothing of the text, which may be a secret. */
function faultText({ code, message }: { readonly code: string; readonly message: string }): string {
  const words = FAULTS[code];
  return words ?? (message.split(/[:"\n]| at line /)[0] ?? "").trim();
}

const FAULTS: Readonly<Record<string, string>> = {
  BAD_ALIAS: "an alias of nothing",
  BAD_DIRECTIVE: "a directive that is not known",
  BAD_DQ_ESCAPE: "an escape that is not known, in a text in double quotes",
  BAD_PROP_ORDER: "an anchor or a tag where none can be",
  BAD_SCALAR_START: "a text that has to be quoted",
  IMPOSSIBLE: "what cannot stand here",
  RESOURCE_EXHAUSTION: "too much of it",
  TAG_RESOLVE_FAILED: "a tag that is not known",
  UNEXPECTED_TOKEN: "what cannot stand here",
};

function notYaml(what: string, at: { readonly line: number; readonly col: number } | undefined): SlothError {
  const place = at === undefined ? "" : `line ${at.line}, column ${at.col}: `;
  return new SlothError("E_YAML", `is not YAML that can be read: ${place}${what}`);
}
