import { SlothError, toError } from "../errors.ts";
import type { Value } from "../value.ts";
import { forText, fromParser, withoutBom } from "./text-form.ts";

// Not Bun.YAML: it rounds integers beyond 2^53, lets duplicate keys pass and names no line. Loading `yaml` costs 3 ms.

/** Quotes what YAML 1.1 readers would take for something else (`yes`, `0777`, `1:30`). */
export async function encodeYaml(value: Value): Promise<string> {
  const { stringify } = await import("yaml");
  return stringify(forText(value, { format: "YAML" }), { lineWidth: 0, compat: "yaml-1.1" });
}

/** YAML 1.2 with merge keys, every document of the stream. Duplicate keys, unknown tags and alias bombs are refused with their line. */
export async function decodeYaml(text: string): Promise<readonly Value[]> {
  const { parseAllDocuments } = await import("yaml");
  const source = withoutBom(text);
  const documents = parseAllDocuments(source, { intAsBigInt: true, merge: true });
  return Array.from(documents, (document) => {
    const fault = document.errors[0] ?? document.warnings[0];
    if (fault !== undefined) throw notYaml(fault.message, fault.linePos?.[0]);
    try {
      return fromParser(document.toJS({ maxAliasCount: 1000 }));
    } catch (cause) {
      throw notYaml(toError(cause).message, undefined);
    }
  });
}

function notYaml(message: string, at: { readonly line: number; readonly col: number } | undefined): SlothError {
  const what = (message.split("\n")[0] ?? "").replace(/ at line \d+, column \d+:?$/, "");
  const place = at === undefined ? "" : `line ${at.line}, column ${at.col}: `;
  return new SlothError("E_YAML", `is not YAML that can be read: ${place}${what}`);
}
