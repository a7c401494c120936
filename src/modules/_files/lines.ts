/**
 * The lines of a text, each with its `\n`; a `\r` before it is part of the line. Of nine million of them only the places are held.
 * With `anyEnd` a `\r` alone ends a line too.
 */
export class Lines implements Iterable<string> {
  readonly text: string;
  readonly length: number;
  /** Where each begins, and where the last one ends. */
  private readonly starts: Uint32Array;

  constructor(text: string, { anyEnd = false } = {}) {
    this.text = text;
    const endOf = anyEnd && text.includes("\r") ? anyEndOf : endOfLine;
    let starts = new Uint32Array(1024);
    let count = 0;
    for (let at = 0; at < text.length;) {
      if (count + 1 >= starts.length) starts = grown(starts);
      starts[count++] = at;
      at = endOf(text, at);
    }
    starts[count] = text.length;
    this.length = count;
    this.starts = starts;
  }

  at(index: number): string {
    return this.slice(index, index + 1);
  }

  /** Some of them, as they stand. */
  slice(from: number, to: number = this.length): string {
    return this.text.slice(this.start(from), this.start(to));
  }

  /** Whether a line is this text, to its end; told without taking it out. */
  is(index: number, text: string): boolean {
    return this.start(index + 1) - this.start(index) === text.length && this.beginsWith(index, text);
  }

  /** Whether a line begins with these characters; told without taking it out. */
  beginsWith(index: number, beginning: string): boolean {
    return this.text.startsWith(beginning, this.start(index));
  }

  *[Symbol.iterator](): Generator<string> {
    for (let index = 0; index < this.length; index++) yield this.at(index);
  }

  private start(index: number): number {
    return this.starts[Math.min(Math.max(index, 0), this.length)] ?? 0;
  }
}

/** Where the next line begins. */
function endOfLine(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end === -1 ? text.length : end + 1;
}

function anyEndOf(text: string, at: number): number {
  const end = endOfLine(text, at);
  const alone = text.slice(at, end).search(/\r(?!\n)/);
  return alone === -1 ? end : at + alone + 1;
}

function grown(starts: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const more = new Uint32Array(starts.length * 2);
  more.set(starts);
  return more;
}

/** The lines of a short text, each with its end. */
export function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

export function withoutEnd(line: string): string {
  return line.replace(/\r?\n$/, "");
}
