import { wantsColour } from "./style.ts";
import type { Sink } from "./sink.ts";

/** Markdown as it is read on a terminal; as it is written where it goes elsewhere. */
export function shownMarkdown(markdown: string, sink: Sink): string {
  if (!sink.terminal) return markdown;
  const colors = wantsColour(sink, process.env);
  return Bun.markdown.ansi(markdown, { colors, columns: sink.columns ?? 80 });
}
