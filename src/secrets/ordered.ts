import { parseDocument } from "yaml";

/** A YAML or JSON document with the names of its tables in their order, which objects do not keep where they are numbers. */
export function orderedDocument(file: Uint8Array): Map<unknown, unknown> {
  const document = parseDocument(Buffer.from(file).toString("utf8"), { intAsBigInt: true, logLevel: "error" });
  const parsed: unknown = document.toJS({ mapAsMap: true });
  return parsed instanceof Map ? parsed : new Map();
}
