/** A code block of a page of Markdown. */
export interface Block {
  readonly language: string;
  /** Behind the language: the file that this is. */
  readonly file: string | undefined;
  readonly text: string;
  /** Where the text stands in the page. */
  readonly from: number;
}

export function blocksOf(markdown: string): readonly Block[] {
  const found = markdown.matchAll(/^```(\w*)(?: (\S+))?\n(.*?)^```$/gms);
  return Array.from(found, ({ index, 0: whole, 1: language = "", 2: file, 3: text = "" }) => ({
    language,
    file,
    text,
    from: index + whole.indexOf("\n") + 1,
  }));
}

export interface Command {
  readonly line: string;
  /** What it said, as the page has it. */
  readonly said: string;
}

/** `$ command`, and the lines that follow up to the next. */
export function commandsOf(session: string): readonly Command[] {
  return session
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [line = "", ...said] = part.split("\n");
      return { line, said: said.join("\n") };
    });
}

/** What is the same whenever it is run. */
export function timeless(text: string): string {
  return text
    .trim()
    .replaceAll(/\(\d+(\.\d+)? (ms|s)\)/g, "(T)")
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\S*( [A-Z+]\S*)?/g, "(D)");
}

/** The blocks of a page by the headings of one kind that they stand under. */
export function blocksUnder(
  markdown: string,
  mark: string,
): readonly { readonly heading: string; readonly blocks: readonly Block[] }[] {
  const parts = `\n${markdown}`.split(`\n${mark}`).slice(1);
  return parts.map((part) => ({ heading: part.split("\n")[0] ?? "", blocks: blocksOf(part) }));
}
