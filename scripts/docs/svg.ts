import { COLUMNS } from "./terminal.ts";

const [WIDTH, HEIGHT, MARGIN] = [8.4, 18, 16];
const COLOURS: Readonly<Record<string, string>> = {
  "31": "#ff7b72",
  "32": "#7ee787",
  "33": "#e3b341",
  "36": "#76e3ea",
};
const [INK, PAPER, FAINT] = ["#e6edf3", "#0d1117", "#8b949e"];

/** A terminal's text, with its colours, as a picture in which line comes after line. */
export function terminalSvg(title: string, text: string): string {
  const lines = text.replace(/\n$/, "").split("\n").flatMap(folded);
  const [width, height] = [Math.ceil(COLUMNS * WIDTH + 2 * MARGIN), lines.length * HEIGHT + 2 * MARGIN];
  const rows = lines.map((line, at) => row(line, at)).join("\n");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">
<title>${escaped(title)}</title>
<style>
text { font: 14px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; fill: ${INK}; white-space: pre }
.line { opacity: 0; animation: come 1ms forwards }
@keyframes come { to { opacity: 1 } }
@media (prefers-reduced-motion: reduce) { .line { animation-delay: 0s !important } }
</style>
<rect width="100%" height="100%" rx="8" fill="${PAPER}"/>
${rows}
</svg>
`;
}

function row(line: string, at: number): string {
  const y = MARGIN + (at + 1) * HEIGHT - 5;
  const delay = (0.25 * at).toFixed(2);
  return `<text class="line" style="animation-delay:${delay}s" x="${MARGIN}" y="${y}" xml:space="preserve">${spans(line)}</text>`;
}

/** Colours become spans; anything else a terminal is told is left out. */
function spans(line: string): string {
  let [style, shown] = ["", ""];
  // oxlint-disable-next-line no-control-regex
  for (const [, codes, text = ""] of line.matchAll(/(?:\x1b\[([\d;]*)m)?([^\x1b]*)/g)) {
    for (const code of codes?.split(";") ?? []) style = styleAfter(style, code);
    if (text !== "") shown += style === "" ? escaped(text) : `<tspan${style}>${escaped(text)}</tspan>`;
  }
  return shown;
}

function styleAfter(before: string, code: string): string {
  if (code === "1") return ' font-weight="bold"';
  if (code === "2") return ` fill="${FAINT}"`;
  const colour = COLOURS[code];
  if (colour !== undefined) return ` fill="${colour}"`;
  return ["", "0", "22", "39"].includes(code) ? "" : before;
}

/** As a terminal folds what is wider; codes have no width, so a line with some is left as it is. */
function folded(line: string): readonly string[] {
  if (line.includes("\x1b") || line.length <= COLUMNS) return [line];
  return Array.from({ length: Math.ceil(line.length / COLUMNS) }, (_, at) =>
    line.slice(at * COLUMNS, (at + 1) * COLUMNS),
  );
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** The text of such a picture, line by line. */
export function textOfSvg(svg: string): string {
  const lines = [...svg.matchAll(/<text [^>]*>(.*?)<\/text>/g)].map(([, inside = ""]) =>
    inside.replaceAll(/<[^>]*>/g, ""),
  );
  return lines
    .join("\n")
    .replaceAll("&quot;", '"')
    .replaceAll("&gt;", ">")
    .replaceAll("&lt;", "<")
    .replaceAll("&amp;", "&");
}
