/** Cuts text that comes in pieces into whole lines. */
export interface LineBuffer {
  /** The lines that are now whole. */
  add(text: string): readonly string[];
  /** What is left without a newline, if anything. */
  rest(): readonly string[];
}

export function lineBuffer(): LineBuffer {
  let open = "";
  return {
    add(text) {
      const lines = (open + text).split("\n");
      open = lines.pop() ?? "";
      return lines;
    },
    rest() {
      const lines = open === "" ? [] : [open];
      open = "";
      return lines;
    },
  };
}
