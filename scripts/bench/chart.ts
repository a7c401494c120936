import { duration } from "./duration.ts";
import type { Result } from "./result.ts";

/** Bars of one piece of work, below its title. */
export interface Section {
  readonly title: string;
  readonly results: readonly Result[];
}

const WIDTH = 760;
const ROW = 24;
const HEAD = 30;
const LABEL = 120;
const VALUE = 80;
/** Legible on white and on GitHub's dark ground alike: a picture is not told which of them it stands on. */
const COLOURS = { ours: "#2da44e", others: "#8c959f", text: "#768390", line: "#8c959f" } as const;

/** Bars on one logarithmic scale: wall time of each tool at each size. */
export function chart(title: string, sections: readonly Section[]): string {
  const shown = sections.filter(({ results }) => results.length > 0);
  const times = shown.flatMap(({ results }) => results.map(({ cost }) => cost.wallMs));
  const decades = { from: Math.floor(Math.log10(Math.min(...times))), to: Math.ceil(Math.log10(Math.max(...times))) };
  const x = (ms: number): number =>
    LABEL + ((WIDTH - LABEL - VALUE) * (Math.log10(ms) - decades.from)) / Math.max(1, decades.to - decades.from);
  const parts: string[] = [];
  let y = 34;
  for (const { title: name, results } of shown) {
    parts.push(text(LABEL, y + 17, name, 'font-weight="bold"'));
    y += HEAD;
    for (const result of results.toSorted((a, b) => a.cost.wallMs - b.cost.wallMs)) {
      parts.push(bar(result, y, x(result.cost.wallMs)));
      y += ROW;
    }
    y += 6;
  }
  const lines = Array.from({ length: decades.to - decades.from + 1 }, (_, i) =>
    rule(x(10 ** (decades.from + i)), y, 10 ** (decades.from + i)),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y + 26}" font-family="system-ui, sans-serif" font-size="13" fill="${COLOURS.text}" role="img" aria-label="${title}">
${[text(8, 20, title, 'font-weight="bold" font-size="15"'), text(WIDTH - 8, 20, "wall time, logarithmic", 'text-anchor="end"'), ...lines, ...parts].join("\n")}
</svg>
`;
}

function bar({ tool, cost }: Result, y: number, end: number): string {
  const isOurs = tool === "sloth-runner";
  return [
    text(LABEL - 8, y + 14, tool, `text-anchor="end"${isOurs ? ` fill="${COLOURS.ours}" font-weight="bold"` : ""}`),
    `  <rect x="${LABEL}" y="${y}" width="${Math.max(2, end - LABEL).toFixed(1)}" height="${ROW - 6}" rx="2" fill="${isOurs ? COLOURS.ours : COLOURS.others}"/>`,
    text(Number((Math.max(end, LABEL + 2) + 6).toFixed(1)), y + 14, duration(cost.wallMs)),
  ].join("\n");
}

function rule(x: number, bottom: number, ms: number): string {
  const at = x.toFixed(1);
  const line = `  <line x1="${at}" x2="${at}" y1="40" y2="${bottom}" stroke="${COLOURS.line}" stroke-opacity="0.35" stroke-dasharray="2 3"/>`;
  return `${line}\n${text(Number(at), bottom + 16, label(ms), 'text-anchor="middle" font-size="11"')}`;
}

function label(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${ms / 1000} s`;
}

function text(x: number, y: number, words: string, attributes = ""): string {
  return `  <text x="${x}" y="${y}"${attributes === "" ? "" : ` ${attributes}`}>${words}</text>`;
}
