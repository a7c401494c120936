import type { Block } from "./block.ts";

/** The section of an ini file with that name, without its head; indented lines go on with the setting above them. */
export function sectionOf(lines: readonly string[], name: string): Block | undefined {
  const head = lines.findIndex((line) => nameOfHead(line) === name);
  if (head === -1) return undefined;
  const next = lines.findIndex((line, index) => index > head && nameOfHead(line) !== undefined);
  const [from, to] = [head + 1, next === -1 ? lines.length : next];
  const entries: { key: string; value: string; from: number; to: number }[] = [];
  for (let at = from; at < to; at++) {
    const line = lines[at] ?? "";
    const last = entries.at(-1);
    const [, key, value = ""] = /^([^\s#;=[][^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (key !== undefined) entries.push({ key, value, from: at, to: at + 1 });
    else if (last !== undefined && /^[ \t]+[^\s#;]/.test(line)) {
      last.value = `${last.value}\n${line.trim()}`.trim();
      last.to = at + 1;
    }
  }
  return { from, to, entries };
}

export function namesOfSections(lines: readonly string[]): readonly string[] {
  return lines.flatMap((line) => nameOfHead(line) ?? []);
}

function nameOfHead(line: string): string | undefined {
  return /^\s*\[([^\]]+)\]\s*$/.exec(line)?.[1];
}

/** The lines with an empty section of that name at their end, where there is none. */
export function withSection(lines: readonly string[], name: string): readonly string[] {
  if (sectionOf(lines, name) !== undefined) return lines;
  const gap = lines.length === 0 || lines.at(-1) === "" ? [] : [""];
  return [...lines, ...gap, `[${name}]`];
}

/** The lines without it; none when no other section is left. */
export function withoutSection(lines: readonly string[], name: string): readonly string[] {
  const section = sectionOf(lines, name);
  if (section === undefined) return lines;
  const above = lines.slice(0, section.from - 1);
  const gap = above.at(-1)?.trim() === "" && section.to === lines.length ? above.slice(0, -1) : above;
  const left = [...gap, ...lines.slice(section.to)];
  return namesOfSections(left).length === 0 ? [] : left;
}
