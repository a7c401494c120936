/** One setting of a source: its lines from `from` to before `to`. */
interface Entry {
  readonly key: string;
  /** Continued lines with `\n` between them, without the blanks around each. */
  readonly value: string;
  readonly from: number;
  readonly to: number;
}

/** A stanza of deb822, or a section of an ini file without its head. */
export interface Block {
  readonly from: number;
  readonly to: number;
  readonly entries: readonly Entry[];
}

/** The value of a setting; of several the first. Names count without regard to case. */
export function valueIn(block: Block | undefined, key: string): string | undefined {
  return block?.entries.find((entry) => isSame(entry.key, key))?.value;
}

/** All values of a setting, word by word. */
export function wordsIn(block: Block | undefined, key: string): readonly string[] | undefined {
  const own = block?.entries.filter((entry) => isSame(entry.key, key)) ?? [];
  if (own.length === 0) return undefined;
  return own.flatMap(({ value }) => value.split(/[\s,]+/).filter((word) => word !== ""));
}

/** The lines with a setting written anew where it stands, else at the end of its block; without lines it goes. Other lines stay. */
export function withEntry(
  lines: readonly string[],
  block: Block,
  key: string,
  written: readonly string[],
): readonly string[] {
  const own = block.entries.filter((entry) => isSame(entry.key, key));
  const at = own[0]?.from ?? block.entries.at(-1)?.to ?? block.from;
  const isOwn = (index: number): boolean => own.some(({ from, to }) => from <= index && index < to);
  const above = lines.slice(0, at);
  const below = lines.slice(at).filter((_, index) => !isOwn(at + index));
  return [...above, ...written, ...below];
}

function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
