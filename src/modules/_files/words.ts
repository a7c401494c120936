/**
 * Words of a command line by the shell's quoting rules (quotes, backslashes), and nothing else of the shell: no variables, no globs.
 * undefined: a quote is not closed.
 */
export function splitWords(line: string): readonly string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  const piece = /\s+|'([^']*)'|"((?:[^"\\]|\\[^])*)"|\\([^])|([^\s'"\\]+)/y;
  while (piece.lastIndex < line.length) {
    const [whole, single, double, escaped, plain] = piece.exec(line) ?? [];
    if (whole === undefined) return undefined;
    const part = single ?? double?.replace(/\\(["\\$`])/g, "$1") ?? escaped ?? plain;
    if (part !== undefined) word = (word ?? "") + part;
    else if (word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}
