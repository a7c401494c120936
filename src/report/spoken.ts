import type { Palette } from "./style.ts";

const MARK = "(in plan) ";

/** Marks each line that a workflow prints in a plan, in whatever pieces it comes: nothing of what it says was done. */
export function spokenInPlan({ dim }: Palette): (text: string) => string {
  let atStart = true;
  return (text) => {
    if (text === "") return text;
    const lines = text.split("\n");
    const isWhole = lines.at(-1) === "";
    const marked = lines.map((line, index) => {
      const begins = index === 0 ? atStart : true;
      return begins && !(isWhole && index === lines.length - 1) ? dim(MARK) + line : line;
    });
    atStart = isWhole;
    return marked.join("\n");
  };
}
