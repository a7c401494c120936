interface OpenBlock {
  readonly word: string;
  readonly closedBy: string;
  readonly line: number;
}

interface Opened extends OpenBlock {
  readonly indent: number;
}

const WORDS = /\b(function|if|for|while|repeat|do|end|until)\b|[{}()]/g;
const CLOSES: Readonly<Record<string, string>> = { until: "repeat", "}": "{", ")": "(" };

/**
 * The block that was left open: one whose `end` stands further left than it began, so that it closed what is around it; else the
 * last that nothing closes. Lines are without texts and comments.
 */
export function blockLeftOpen(lines: readonly string[]): (OpenBlock & { readonly isCertain: boolean }) | undefined {
  const open: Opened[] = [];
  for (const [index, text] of lines.entries()) {
    const indent = text.length - text.trimStart().length;
    let loops = 0;
    for (const [word] of text.matchAll(WORDS)) {
      if (word === "for" || word === "while") loops++;
      if (word === "do" && loops > 0) {
        loops--; // it belongs to its for or while
        continue;
      }
      const closes = CLOSES[word] ?? (word === "end" ? "end" : undefined);
      if (closes === undefined) {
        open.push({ word, closedBy: closedBy(word), line: index + 1, indent });
        continue;
      }
      const last = open.at(-1);
      if (last !== undefined && leavesOpen(last, word, indent, text)) return { ...last, isCertain: true };
      open.pop();
    }
  }
  const last = open.findLast(({ closedBy: end }) => end === "end" || end === "until") ?? open.at(-1);
  return last && { ...last, isCertain: false };
}

function closedBy(word: string): string {
  return { "{": "}", "(": ")", repeat: "until" }[word] ?? "end";
}

/** Something else is closed here, or it is closed from where an outer block begins. */
function leavesOpen(last: Opened, word: string, indent: number, text: string): boolean {
  if (last.closedBy !== word) return true;
  return word === "end" && /^\s*end\b/.test(text) && indent < last.indent;
}
