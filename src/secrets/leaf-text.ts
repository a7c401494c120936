/** The one form of a secret in a file of values: `age:` and an age file in base64, on one line. */
const LEAF = /^age:(YWdl|\S{64})/;

/** A text that is a secret, or was one before it was damaged. */
export function isLeaf(text: string): boolean {
  return LEAF.test(text);
}

/** A step to a value: the name of a key, or a place in a list, which a secret does not know the number of. */
export type Step = string | number;

/** Inverse of pathText; undefined where it names no place. */
export function pathOf(text: string): readonly Step[] | undefined {
  const steps: Step[] = [];
  for (const part of text.split(/(?<!\\)\./)) {
    const [whole, name = "", places = ""] = /^(.*?)((?:\[[1-9]\d*\])*)$/s.exec(part) ?? [];
    if (whole === undefined || name === "" || name.endsWith("]")) return undefined;
    steps.push(name.replaceAll("\\.", "."), ...Array.from(places.matchAll(/\d+/g), ([digits]) => Number(digits) - 1));
  }
  return steps;
}

/** `db.password`, `users[2].password`: as `--set` writes it, places in lists as Lua counts them. */
export function pathText(path: readonly Step[]): string {
  return path
    .map((step, at) => {
      if (typeof step === "number") return `[${step + 1}]`;
      return `${at === 0 ? "" : "."}${step.replaceAll(".", "\\.")}`;
    })
    .join("");
}
