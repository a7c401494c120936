/** As long as there are no more, and no more characters in them, one pattern of all is the fastest; a longer one the engine may refuse. */
const FEW = { forms: 200, characters: 20_000 };

/** A set of texts that are looked for together, whatever their number and length. */
export class Forms {
  private readonly known = new Set<string>();
  /** By their first characters, the longest first: where one form begins another, all of it goes. */
  private readonly byStart = new Map<string, string[]>();
  private readonly startLength: number;
  /** null: there are too many. Made when it is asked for. */
  private pattern: RegExp | null | undefined;
  private longest = 0;
  private characters = 0;

  /** `shortest`: no form is shorter. */
  constructor(shortest: number) {
    this.startLength = shortest;
  }

  get isEmpty(): boolean {
    return this.known.size === 0;
  }

  add(form: string): void {
    if (this.known.has(form)) return;
    this.known.add(form);
    const start = form.slice(0, this.startLength);
    const alike = this.byStart.get(start) ?? [];
    this.byStart.set(
      start,
      [...alike, form].sort((a, b) => b.length - a.length),
    );
    this.longest = Math.max(this.longest, form.length);
    this.characters += form.length;
    this.pattern = undefined;
  }

  areIn(text: string): boolean {
    if (this.isEmpty) return false;
    const pattern = this.whole();
    return pattern === null ? this.next(text, 0) !== undefined : text.search(pattern) !== -1;
  }

  replaceIn(text: string, by: string): string {
    const pattern = this.isEmpty ? null : this.whole();
    if (pattern !== null) return text.replace(pattern, by);
    let [made, from] = ["", 0];
    for (let found = this.next(text, 0); found !== undefined; found = this.next(text, from)) {
      made += text.slice(from, found.at) + by;
      from = found.at + found.length;
    }
    return from === 0 ? text : made + text.slice(from);
  }

  /** How many characters at the end of a text may be the beginning of a form. What is found already is not cut in two. */
  beginningIn(text: string): number {
    if (this.isEmpty) return 0;
    const begun = this.begunAt(text);
    for (let found = this.next(text, 0); found !== undefined; found = this.next(text, found.at + found.length))
      if (found.at < begun && found.at + found.length > begun) return text.length - found.at;
    return text.length - begun;
  }

  /** Where the longest end begins that a form begins with, and is not all of: that is one already. */
  private begunAt(text: string): number {
    for (let at = Math.max(0, text.length - this.longest + 1); at < text.length; at++) {
      const rest = text.slice(at, at + this.startLength);
      if (rest.length < this.startLength) {
        for (const start of this.byStart.keys()) if (start.startsWith(rest)) return at;
      } else {
        const end = text.length - at;
        const begins = (form: string): boolean => form.length > end && text.endsWith(form.slice(0, end));
        if (this.byStart.get(rest)?.some(begins) === true) return at;
      }
    }
    return text.length;
  }

  private next(text: string, from: number): { readonly at: number; readonly length: number } | undefined {
    if (this.isEmpty) return undefined;
    const pattern = this.whole();
    if (pattern !== null) {
      pattern.lastIndex = from;
      const match = pattern.exec(text);
      return match === null ? undefined : { at: match.index, length: match[0].length };
    }
    for (let at = from; at + this.startLength <= text.length; at++) {
      const alike = this.byStart.get(text.slice(at, at + this.startLength));
      const form = alike?.find((one) => text.startsWith(one, at));
      if (form !== undefined) return { at, length: form.length };
    }
    return undefined;
  }

  private whole(): RegExp | null {
    if (this.pattern !== undefined) return this.pattern;
    const isFew = this.known.size <= FEW.forms && this.characters <= FEW.characters;
    const all = isFew ? [...this.known].sort((a, b) => b.length - a.length).map((form) => RegExp.escape(form)) : [];
    this.pattern = isFew ? new RegExp(all.join("|"), "g") : null;
    return this.pattern;
  }
}
