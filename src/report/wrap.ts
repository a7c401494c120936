/** Breaks a line into lines no wider than `width` columns: between words, and inside a word that is wider itself. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && Bun.stringWidth(last) + 1 + Bun.stringWidth(word) <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(...broken(word, width));
  }
  return lines;
}

/** After a slash where there is one in the second half, so that paths stay readable. */
function broken(word: string, width: number): readonly string[] {
  const pieces: string[] = [];
  let rest = word;
  while (Bun.stringWidth(rest) > width) {
    const fits = Bun.sliceAnsi(rest, 0, width);
    const piece = fits === "" ? rest : fits;
    const slash = piece.lastIndexOf("/") + 1;
    const cut = slash > piece.length / 2 ? slash : piece.length;
    pieces.push(rest.slice(0, cut));
    rest = rest.slice(cut);
  }
  return [...pieces, rest];
}
