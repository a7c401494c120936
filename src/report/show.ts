import type { Sink } from "./sink.ts";

export interface Shown {
  readonly stdout: Sink;
  readonly output: "human" | "json";
}

/** A document as text for people; `columns` of the terminal it is for, where there is one. */
export type View<D> = (document: D, columns: number | undefined) => string | Promise<string>;

/** Tells a document, the whole output of a command: as JSON, or as its view for people. */
export async function show<D>({ stdout, output }: Shown, document: D, view: View<D>): Promise<void> {
  stdout.write(output === "json" ? documentText(document) : await view(document, stdout.columns));
}

function documentText(document: unknown): string {
  return `${JSON.stringify(document, plain, 2)}\n`;
}

/** 64-bit integers beyond 2^53 as strings, bytes as base64, so that no reader rounds or refuses them. */
export function plain(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  return value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value;
}
