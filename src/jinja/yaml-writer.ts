import { escaped, isBreak, type ScalarForm } from "./yaml-scalar.ts";

/** Text in columns, as libyaml's emitter keeps it. */
export class YamlWriter {
  text = "";
  column = 0;
  /** What was written last is blank; the line has nothing but indentation and indicators. */
  private isAfterBlank = true;
  isIndented = true;
  flowLevel = 0;
  private indent = -1;
  private readonly indents: number[] = [];
  private readonly step: number;
  readonly width: number;

  constructor(step: number, width: number) {
    this.step = step < 2 || step > 9 ? 2 : step;
    this.width = width >= 0 && width <= this.step * 2 ? 80 : width < 0 ? Infinity : width;
  }

  enter(isFlow: boolean, isIndentless = false): void {
    this.indents.push(this.indent);
    if (this.indent < 0) this.indent = isFlow ? this.step : 0;
    else if (!isIndentless) this.indent += this.step;
  }

  leave(): void {
    this.indent = this.indents.pop() ?? -1;
  }

  indicator(mark: string, needsBlank: boolean, isBlank = false, isIndention = false): void {
    if (needsBlank && !this.isAfterBlank) this.put(" ");
    this.put(mark);
    this.isAfterBlank = isBlank;
    this.isIndented = this.isIndented && isIndention;
  }

  newLine(): void {
    const indent = Math.max(this.indent, 0);
    if (!this.isIndented || this.column > indent || (this.column === indent && !this.isAfterBlank)) this.put("\n");
    while (this.column < indent) this.put(" ");
    this.isAfterBlank = true;
    this.isIndented = true;
  }

  /** Where a line is longer than it should be, after a comma. */
  wrap(): void {
    if (this.column > this.width) this.newLine();
  }

  scalar(form: ScalarForm, isKey: boolean): void {
    this.enter(true);
    const isPlain = this.flowLevel > 0 ? form.plainInFlow : form.plainInBlock;
    if (isPlain && !(isKey && form.isMultiline)) this.plain(form.text, !isKey);
    else if (form.singleQuoted && !(isKey && form.isMultiline)) this.single(form.text, !isKey);
    else this.double(form.text, !isKey);
    this.leave();
  }

  private plain(text: string, breaks: boolean): void {
    if (!this.isAfterBlank && (text !== "" || this.flowLevel > 0)) this.put(" ");
    const characters = Array.from(text);
    let spaces = false;
    characters.forEach((character, at) => {
      const isSpace = character === " ";
      if (isSpace && breaks && !spaces && this.column > this.width && characters[at + 1] !== " ") this.newLine();
      else this.put(character);
      if (!isSpace) this.isIndented = false;
      spaces = isSpace;
    });
    this.isAfterBlank = false;
    this.isIndented = false;
  }

  private single(text: string, breaks: boolean): void {
    this.indicator("'", true);
    const characters = Array.from(text);
    let [spaces, broken] = [false, false];
    characters.forEach((character, at) => {
      const isSpace = character === " ";
      if (isSpace) {
        const inside = at > 0 && at < characters.length - 1 && characters[at + 1] !== " ";
        if (breaks && !spaces && this.column > this.width && inside) this.newLine();
        else this.put(character);
      } else if (isBreak(character)) {
        if (!broken && character === "\n") this.put("\n");
        this.put(character);
        this.isIndented = true;
        broken = true;
      } else {
        if (broken) this.newLine();
        this.put(character === "'" ? "''" : character);
        this.isIndented = false;
        broken = false;
      }
      spaces = isSpace;
    });
    if (broken) this.newLine();
    this.indicator("'", false);
    this.isIndented = false;
  }

  private double(text: string, breaks: boolean): void {
    this.indicator('"', true);
    const characters = Array.from(text);
    let spaces = false;
    characters.forEach((character, at) => {
      const isSpace = character === " ";
      const inside = at > 0 && at < characters.length - 1;
      if (isSpace && breaks && !spaces && this.column > this.width && inside) {
        this.newLine();
        if (characters[at + 1] === " ") this.put("\\");
      } else this.put(escaped(character) ?? character);
      spaces = isSpace;
    });
    this.indicator('"', false);
    this.isIndented = false;
  }

  private put(text: string): void {
    this.text += text;
    this.column = isBreak(text) ? 0 : this.column + Array.from(text).length;
  }
}
