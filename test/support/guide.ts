import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The code blocks of the promise that the program was begun with (promise.md), by the heading they stand under. */
export function guideBlocks(): { lua(heading: string): readonly string[]; bash(heading: string): readonly string[] } {
  const text = readFileSync(join(import.meta.dir, "promise.md"), "utf8");
  const found: { readonly heading: string; readonly language: string; readonly code: string }[] = [];
  let heading = "";
  for (const [, title, language, code] of text.matchAll(/^#+ (.+)$|^```(\w+)\n([\s\S]*?)^```$/gm)) {
    if (title !== undefined) heading = title;
    else if (language !== undefined && code !== undefined) found.push({ heading, language, code });
  }
  const of = (language: string) => (wanted: string) =>
    found.filter((block) => block.language === language && block.heading === wanted).map(({ code }) => code);
  return { lua: of("lua"), bash: of("bash") };
}
