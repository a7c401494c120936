/** Cuts text that comes in pieces into whole lines, none longer than somebody would read. */
export interface LineBuffer {
  /** The lines that are now whole. */
  add(text: string): readonly string[];
  /** What is left without a newline, if anything. */
  rest(): readonly string[];
}

/** Characters of a line that are shown. What comes without newlines is no text, or a progress bar. */
const LONGEST = 16 << 10;

export function lineBuffer(): LineBuffer {
  let open = "";
  let left = 0;
  /** A carriage return draws the line anew: what was drawn before it need not be kept. */
  const keep = (text: string): void => {
    const drawn = text.lastIndexOf("\r", text.length - 2);
    if (drawn >= 0 && open.length + text.length > LONGEST) [open, left] = ["", 0];
    const part = drawn >= 0 && text.length > LONGEST ? text.slice(drawn + 1) : text;
    const room = LONGEST - open.length;
    open += part.slice(0, room);
    left += Math.max(0, part.length - room);
  };
  const end = (): string => {
    const line = left === 0 ? open : `${open}… (${left} more characters)`;
    [open, left] = ["", 0];
    return line;
  };
  return {
    add(text) {
      const lines: string[] = [];
      let start = 0;
      for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", start)) {
        keep(text.slice(start, at));
        lines.push(end());
        start = at + 1;
      }
      keep(text.slice(start));
      return lines;
    },
    rest: () => (open === "" ? [] : [end()]),
  };
}
